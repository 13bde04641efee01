import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Changes } from '../live/changes.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { Configuration } from './configuration.ts';

/** Makes what was read at the start injectable everywhere, with what everybody notes changes in. */
@Module({})
export class ConfigurationModule {
  static of(configuration: Configuration, settings: Settings): DynamicModule {
    return {
      module: ConfigurationModule,
      global: true,
      providers: [
        { provide: Configuration, useValue: configuration },
        {
          provide: CurrentSettings,
          useFactory: (changes: Changes) => new CurrentSettings(settings, changes),
          inject: [Changes],
        },
        Changes,
      ],
      exports: [Configuration, CurrentSettings, Changes],
    };
  }
}
