import type { Traffic } from './job.ts';
import type { Permits } from './permits.ts';

/** Places of a batch that interactive traffic has for sure while bulk waits too. */
const INTERACTIVE_SHARE = 0.8;

/**
 * How long `messages` more interactive messages wait until the last of them leaves, as things are now: behind those
 * `ahead` of them, in full batches at the pace that permits come due. In milliseconds. Longer when one of their recipients is
 * paced, rests, or has bulk before them.
 */
export function expectedWaitMs(options: {
  readonly messages: number;
  readonly ahead: Readonly<Record<Traffic, number>>;
  readonly permits: Pick<Permits, 'pace'>;
  readonly maxMessagesPerRequest: number;
}): number {
  const { messages, ahead, permits, maxMessagesPerRequest } = options;
  const { interactive, bulk } = ahead;
  const places = bulk > 0 ? Math.max(1, maxMessagesPerRequest * INTERACTIVE_SHARE) : maxMessagesPerRequest;
  const requests = Math.ceil((interactive + messages) / places);
  const { nextInMs, intervalMs } = permits.pace;
  return nextInMs + (requests - 1) * intervalMs;
}
