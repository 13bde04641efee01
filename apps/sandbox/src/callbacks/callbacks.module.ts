import { Module } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { MessagesModule } from '../messages/messages.module.ts';
import { CallbackBook } from './callback-book.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import { CallbackPost } from './callback-post.ts';
import { Callbacks } from './callbacks.ts';
import { Connections } from './connections.ts';
import { CourseRunner } from './course-runner.ts';
import { Webhook } from './webhook.ts';

@Module({
  imports: [MessagesModule],
  providers: [
    Clock,
    CallbackBook,
    CallbackDelivery,
    CallbackPost,
    Callbacks,
    Connections,
    CourseRunner,
    Webhook,
  ],
  exports: [CallbackBook, Callbacks, Webhook],
})
export class CallbacksModule {}
