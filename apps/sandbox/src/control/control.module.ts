import { Module } from '@nestjs/common';
import { CallbacksModule } from '../callbacks/callbacks.module.ts';
import { Clock } from '../clock/clock.ts';
import { EndpointModule } from '../endpoint/endpoint.module.ts';
import { MessagesModule } from '../messages/messages.module.ts';
import { ControlController } from './control.controller.ts';

@Module({
  imports: [MessagesModule, CallbacksModule, EndpointModule],
  controllers: [ControlController],
  providers: [Clock],
})
export class ControlModule {}
