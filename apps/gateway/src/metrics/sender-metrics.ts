import type { SenderEvent } from '@parley/sender';
import type { StoreEvent } from '../sending/stores.ts';
import type { Metrics } from './metrics.ts';

/** Counts one event of the sender. */
export function countSenderEvent(metrics: Metrics, event: SenderEvent): void {
  const { account } = event;
  switch (event.kind) {
    case 'attempted':
      metrics.requests.inc({ account, answer: event.answer });
      if (event.durationMs !== undefined) {
        metrics.requestDuration.observe({ account }, event.durationMs / 1000);
      }
      metrics.requestMessages.observe({ account }, event.messages);
      metrics.messagesRepeated.inc({ account }, event.repeated);
      break;
    case 'settled': {
      const { outcome, duplicate } = event;
      const reason = outcome.kind === 'accepted' ? '' : outcome.error.reason;
      metrics.messagesSettled.inc({ account, outcome: outcome.kind, reason, duplicate: String(duplicate) });
      metrics.messageDuration.observe({ account, outcome: outcome.kind }, event.durationMs / 1000);
      break;
    }
    case 'unsent':
      metrics.messagesUnsent.inc({ account, reason: event.reason });
      break;
    case 'ambiguous':
      metrics.messagesAmbiguous.inc({ account, policy: event.policy, cause: event.cause });
      break;
    case 'split':
      metrics.batchesSplit.inc({ account });
      break;
    case 'held-back': {
      const { throttled, delayMs } = event;
      metrics.heldBack.hold(account, { cause: throttled ? 'throttled' : 'asked', delayMs });
      break;
    }
    case 'store-failed':
      metrics.storeFailures.inc({ account, step: event.step });
      break;
    // What waits for another attempt is counted when that is made, and pauses are looked up when somebody asks.
    case 'retrying':
    case 'account-paused':
    case 'account-resumed':
      break;
  }
}

/** Counts one event of what the sender keeps in Redis. */
export function countStoreEvent(metrics: Metrics, event: StoreEvent): void {
  switch (event.kind) {
    case 'permits-local':
    case 'permits-shared':
      metrics.permitsLocal.set({ account: event.account }, event.kind === 'permits-local' ? 1 : 0);
      break;
    case 'clock-stepped':
      metrics.redisClockSteps.inc({ account: event.account });
      break;
    // Whether it answers is looked up when somebody asks.
    case 'redis-connected':
    case 'redis-away':
    case 'spool-not-persistent':
      break;
  }
}
