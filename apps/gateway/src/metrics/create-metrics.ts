import type { SenderEvent, Reason } from '@parley/sender';
import type { IntakeEvent } from '@parley/delivery';
import type { CallbackOutcome } from '../callbacks/callback-reception.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Metrics } from './metrics.ts';

/** With what stays as it is, and what is rare at zero: an increase can only be seen of what has been there before. */
export function createMetrics(configuration: Configuration): Metrics {
  const metrics = new Metrics();
  const { accounts, kafka, maxMessages, redisUrl, roles, spoolMaxEvents, version } = configuration;
  metrics.buildInfo.set({ version }, 1);
  metrics.messagesWaitingLimit.set(maxMessages);
  if (kafka && redisUrl !== undefined) metrics.spoolRecordsLimit.set(spoolMaxEvents);
  for (const { name: account } of accounts) {
    for (const answer of ANSWERS) metrics.requests.inc({ account, answer }, 0);
    for (const policy of ['resend', 'report']) {
      for (const cause of CAUSES) metrics.messagesAmbiguous.inc({ account, policy, cause }, 0);
    }
    if (redisUrl !== undefined) metrics.permitsLocal.set({ account }, 0);
    for (const step of STEPS) metrics.storeFailures.inc({ account, step }, 0);
    if (!roles.has('callbacks')) continue;
    for (const outcome of OUTCOMES) metrics.callbacks.inc({ account, outcome }, 0);
  }
  if (roles.has('consumer')) {
    for (const reason of DEAD_LETTER_REASONS) metrics.deadLetters.inc({ reason }, 0);
  }
  if (roles.has('grpc')) {
    for (const method of METHODS) metrics.calls.inc({ door: 'grpc', method, code: 'INTERNAL' }, 0);
    metrics.calls.inc({ door: 'http', method: 'send', code: '500' }, 0);
  }
  return metrics;
}

type EventOf<Kind extends SenderEvent['kind']> = SenderEvent & { readonly kind: Kind };

const METHODS = ['SendConversational', 'GetMessage', 'WatchMessages'];

const ANSWERS = [
  'accepted',
  'message-refused',
  'throttled',
  'unavailable',
  'account-refused',
  'ambiguous',
] as const satisfies readonly EventOf<'attempted'>['answer'][];

const CAUSES = [
  'no-answer',
  'holder-died',
  'abandoned',
] as const satisfies readonly EventOf<'ambiguous'>['cause'][];

type Step =
  EventOf<'store-failed'>['step'] | (IntakeEvent & { readonly kind: 'store-failed' })['step'] | 'log';

const STEPS = [
  'claim',
  'settle',
  'release',
  'abandon',
  'window',
  'find',
  'log',
] as const satisfies readonly Step[];

const OUTCOMES = [
  'told',
  'repeated',
  'ignored',
  'quarantined',
  'not-durable',
  'overloaded',
  'too-large',
] as const satisfies readonly CallbackOutcome[];

const DEAD_LETTER_REASONS = [
  'MESSAGE_ID_INVALID',
  'PHONE_NUMBER_INVALID',
  'BODY_EMPTY',
  'BODY_TOO_LONG',
  'BODY_INVALID',
  'EXPIRE_TIME_INVALID',
  'AMBIGUOUS_SENDS_INVALID',
  'METADATA_INVALID',
  'RECORD_INVALID',
  'ACCOUNT_UNKNOWN',
  'HANDLER_FAILED',
] as const satisfies readonly (Reason | 'HANDLER_FAILED')[];
