import type { Permits } from './permits.ts';
import type { RecipientQueue } from './recipient-queue.ts';

/** Places of a batch that interactive traffic has for sure while bulk waits too. */
const INTERACTIVE_SHARE = 0.8;

/**
 * How long `messages` more interactive messages wait until the last of them leaves, as things are now: behind those that
 * wait already, in full batches at the pace that permits come due. In milliseconds. Longer when one of their recipients
 * has a line of its own, is paced, or rests: who is refused by this surely could not be in time, not the other way round.
 */
export function expectedWaitMs(options: {
  readonly messages: number;
  readonly queue: Pick<RecipientQueue, 'waiting'>;
  readonly permits: Pick<Permits, 'pace'>;
  readonly maxMessagesPerRequest: number;
}): number {
  const { messages, queue, permits, maxMessagesPerRequest } = options;
  const { interactive, bulk } = queue.waiting;
  const places = bulk > 0 ? Math.max(1, maxMessagesPerRequest * INTERACTIVE_SHARE) : maxMessagesPerRequest;
  const requests = Math.ceil((interactive + messages) / places);
  const { nextInMs, intervalMs } = permits.pace;
  return nextInMs + (requests - 1) * intervalMs;
}
