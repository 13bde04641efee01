import { arrayOf, field, objectOf, parseJson } from '../json-value.ts';
import { TIMED_OUT } from '../send/exchange.ts';
import type { Exchange } from '../send/exchange.ts';
import { readErrorBody } from './error-body.ts';
import type { InsiderAnswer } from './insider-answer.ts';
import { retryAfterMs } from './retry-after.ts';
import { ruleFor } from './rule-for.ts';
import type { Rule } from './rule-for.ts';

type Response = Extract<Exchange, { kind: 'response' }>;
type Failure = Extract<Exchange, { kind: 'failure' }>;

export interface ClassifyContext {
  /** How many messages the request carried, and so how many keys an acceptance has. */
  readonly messageCount: number;
  /** Wall clock, for a `Retry-After` date in an answer without a `Date`. */
  readonly nowMs: number;
}

/**
 * The one place that decides what an exchange means. Total: every exchange has an answer.
 *
 * For a response, in this order: keys that fit the request; keys that do not; what {@link ruleFor} says of the rest.
 */
export function classify(exchange: Exchange, context: ClassifyContext): InsiderAnswer {
  switch (exchange.kind) {
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'failure':
      return fromFailure(exchange);
    case 'response':
      return fromResponse(exchange, context);
  }
}

function fromFailure({ written, code }: Failure): InsiderAnswer {
  const cause = code === TIMED_OUT ? 'no answer in time' : (code ?? 'connection failed');
  return written
    ? { kind: 'ambiguous', message: `The request was written and never answered (${cause}).` }
    : { kind: 'unavailable', message: `The request could not be written (${cause}).` };
}

function fromResponse(response: Response, context: ClassifyContext): InsiderAnswer {
  const body = parseJson(response.body ?? '');
  const keys = arrayOf(field(objectOf(body), 'keys'));
  const success = response.status >= 200 && response.status < 300;
  if (success && fit(keys, context.messageCount)) return { kind: 'accepted', keys };

  const error = readErrorBody(response.body);
  // Where there are keys, something was accepted, whatever else the body complains about. A key given twice does
  // fit: as many messages were taken, and only what is reported of them later cannot be told apart.
  const rule = keys.length > 0 ? KEYS_DO_NOT_FIT : ruleFor(response.status, error);
  return answerOf(rule, { response, context, failedField: error.field });
}

function fit(keys: readonly unknown[], messageCount: number): keys is readonly string[] {
  return keys.length === messageCount && keys.every((key) => typeof key === 'string' && key !== '');
}

const KEYS_DO_NOT_FIT: Rule = {
  kind: 'ambiguous',
  message: 'The provider’s keys do not fit the request',
};

interface Circumstances {
  readonly response: Response;
  readonly context: ClassifyContext;
  readonly failedField: string | undefined;
}

function answerOf(
  { kind, message: sentence, code }: Rule,
  { response, context, failedField }: Circumstances,
): InsiderAnswer {
  const where = failedField === undefined ? '' : `, field ${failedField}`;
  const message = `${sentence} (HTTP ${response.status}${where}).`;
  const providerCode = code === undefined ? {} : { providerCode: code };
  const pauseMs = retryAfterMs(response.retryAfter, { date: response.date, nowMs: context.nowMs });
  const pause = pauseMs === undefined ? {} : { retryAfterMs: pauseMs };

  switch (kind) {
    case 'message-refused':
    case 'ambiguous':
      return { kind, message, ...providerCode };
    case 'throttled':
      return { kind, message, ...pause };
    case 'unavailable':
      return { kind, message, ...pause, ...providerCode };
    default:
      return { kind: 'account-refused', reason: kind, message, ...providerCode };
  }
}
