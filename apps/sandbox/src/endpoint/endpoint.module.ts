import { Module } from '@nestjs/common';
import { CallbacksModule } from '../callbacks/callbacks.module.ts';
import { Clock } from '../clock/clock.ts';
import { FaultsModule } from '../faults/faults.module.ts';
import { MessagesModule } from '../messages/messages.module.ts';
import { RequestsModule } from '../requests/requests.module.ts';
import { EndpointRoute } from './endpoint-route.ts';
import { FrontDoor } from './front-door.ts';
import { RateLimit } from './rate-limit.ts';
import { SendContents } from './send-contents.ts';
import { SendEndpoint } from './send-endpoint.ts';

@Module({
  imports: [CallbacksModule, FaultsModule, MessagesModule, RequestsModule],
  providers: [Clock, EndpointRoute, FrontDoor, RateLimit, SendContents, SendEndpoint],
  exports: [RateLimit],
})
export class EndpointModule {}
