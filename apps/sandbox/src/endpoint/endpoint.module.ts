import { Module } from '@nestjs/common';
import { CallbacksModule } from '../callbacks/callbacks.module.ts';
import { Clock } from '../clock/clock.ts';
import { MessagesModule } from '../messages/messages.module.ts';
import { EndpointController } from './endpoint.controller.ts';
import { RateLimit } from './rate-limit.ts';
import { SendEndpoint } from './send-endpoint.ts';

@Module({
  imports: [MessagesModule, CallbacksModule],
  controllers: [EndpointController],
  providers: [Clock, RateLimit, SendEndpoint],
  exports: [RateLimit],
})
export class EndpointModule {}
