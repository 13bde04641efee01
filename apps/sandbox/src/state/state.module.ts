import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Configuration } from '../configuration/configuration.ts';
import { StateFile } from './state-file.ts';

/** Makes the state injectable everywhere. */
@Module({})
export class StateModule {
  /** @throws StateFileError, before anything else of the application is made */
  static of({ dataFolder }: Configuration): DynamicModule {
    const file = new StateFile(dataFolder);
    return {
      module: StateModule,
      global: true,
      providers: [{ provide: StateFile, useValue: file }],
      exports: [StateFile],
    };
  }
}
