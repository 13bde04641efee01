import { Module } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { MessagesModule } from '../messages/messages.module.ts';
import { AttemptJournal } from './attempt-journal.ts';
import { CallbackBook } from './callback-book.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import { CallbackPost } from './callback-post.ts';
import { Callbacks } from './callbacks.ts';
import { STATUS_DELAYS, STATUS_DELAYS_MS } from './status-delays.ts';

@Module({
  imports: [MessagesModule],
  providers: [
    Clock,
    AttemptJournal,
    CallbackBook,
    CallbackDelivery,
    CallbackPost,
    Callbacks,
    { provide: STATUS_DELAYS, useValue: STATUS_DELAYS_MS },
  ],
  exports: [CallbackBook, Callbacks],
})
export class CallbacksModule {}
