import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Configuration } from './configuration.ts';

/** Makes the settings, read once at the start, injectable everywhere. */
@Module({})
export class ConfigurationModule {
  static of(configuration: Configuration): DynamicModule {
    return {
      module: ConfigurationModule,
      global: true,
      providers: [{ provide: Configuration, useValue: configuration }],
      exports: [Configuration],
    };
  }
}
