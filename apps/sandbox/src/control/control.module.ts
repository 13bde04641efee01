import { Module } from '@nestjs/common';
import { CallbacksModule } from '../callbacks/callbacks.module.ts';
import { Clock } from '../clock/clock.ts';
import { EndpointModule } from '../endpoint/endpoint.module.ts';
import { FaultsModule } from '../faults/faults.module.ts';
import { ChangeStreams } from '../live/change-streams.ts';
import { MessagesModule } from '../messages/messages.module.ts';
import { RequestsModule } from '../requests/requests.module.ts';
import { CallbacksController } from './callbacks.controller.ts';
import { ConversationsController } from './conversations.controller.ts';
import { LiveController } from './live.controller.ts';
import { MessagesController } from './messages.controller.ts';
import { RequestsController } from './requests.controller.ts';
import { SandboxController } from './sandbox.controller.ts';
import { SettingsController } from './settings.controller.ts';
import { UserController } from './user.controller.ts';
import { WebhookController } from './webhook.controller.ts';

/** The sandbox's own side, under `/sandbox`: not part of the provider's API. */
@Module({
  imports: [MessagesModule, RequestsModule, CallbacksModule, EndpointModule, FaultsModule],
  controllers: [
    CallbacksController,
    ConversationsController,
    LiveController,
    MessagesController,
    RequestsController,
    SandboxController,
    SettingsController,
    UserController,
    WebhookController,
  ],
  providers: [Clock, ChangeStreams],
})
export class ControlModule {}
