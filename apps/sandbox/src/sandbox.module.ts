import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CallbacksModule } from './callbacks/callbacks.module.ts';
import type { Configuration } from './configuration/configuration.ts';
import { ConfigurationModule } from './configuration/configuration.module.ts';
import { ControlModule } from './control/control.module.ts';
import type { Settings } from './settings/settings.ts';
import { EndpointModule } from './endpoint/endpoint.module.ts';
import { MessagesModule } from './messages/messages.module.ts';
import { PageModule } from './page/page.module.ts';
import { PreviewsModule } from './previews/previews.module.ts';
import { StateModule } from './state/state.module.ts';

@Module({})
export class SandboxModule {
  static of(configuration: Configuration, settings: Settings): DynamicModule {
    return {
      module: SandboxModule,
      imports: [
        ConfigurationModule.of(configuration, settings),
        StateModule.of(configuration),
        MessagesModule,
        CallbacksModule,
        EndpointModule,
        ControlModule,
        PageModule,
        PreviewsModule,
      ],
    };
  }
}
