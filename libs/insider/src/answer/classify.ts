import { arrayOf, field, objectOf, parseJson } from '../json-value.ts';
import { TIMED_OUT } from '../send/exchange.ts';
import type { Exchange } from '../send/exchange.ts';
import { readErrorBody } from './error-body.ts';
import type { ErrorBody } from './error-body.ts';
import type { AccountRefusal, InsiderAnswer } from './insider-answer.ts';
import { retryAfterMs } from './retry-after.ts';

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
 * For a response, in this order: keys that fit the request; a code of {@link BY_CODE}, whatever the status, because
 * the provider's pages name the codes but often not the status they come with; the words of a 403; the status.
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
  const success = response.status >= 200 && response.status < 300;
  const keys = success ? acceptedKeys(response.body, context.messageCount) : undefined;
  if (keys !== undefined) return { kind: 'accepted', keys };

  const error = readErrorBody(response.body);
  const rule =
    BY_CODE.get(error.code ?? '') ??
    (response.status === 403 ? BY_WORDS_OF_403.find(([words]) => words.test(error.words))?.[1] : undefined) ??
    byStatus(response.status);
  return answerOf(rule, { response, error, context });
}

function acceptedKeys(body: string | undefined, messageCount: number): readonly string[] | undefined {
  const keys = arrayOf(field(objectOf(parseJson(body ?? '')), 'keys'));
  const fitting = keys.filter((key) => typeof key === 'string' && key !== '') as readonly string[];
  return fitting.length === messageCount && keys.length === messageCount ? fitting : undefined;
}

interface Rule {
  readonly kind:
    Exclude<InsiderAnswer['kind'], 'accepted' | 'cancelled' | 'account-refused'> | AccountRefusal;
  readonly message: string;
}

/** The provider's own codes. */
const BY_CODE: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['1088', { kind: 'ip-restricted', message: 'The provider does not allow this IP address' }],
  ['2001', { kind: 'message-refused', message: 'The provider could not decode the request' }],
  ['2002', { kind: 'message-refused', message: 'The provider refused the content of a message' }],
  // One code for "no active provider" and for internal problems, after which nobody knows how far it got.
  ['2003', { kind: 'ambiguous', message: 'The provider failed inside while sending' }],
  ['2020', { kind: 'unavailable', message: 'The provider is in maintenance' }],
  ['20030', { kind: 'message-refused', message: 'The provider does not accept the country code' }],
  ['20031', { kind: 'quota', message: 'The account’s proof-of-concept quota is used up' }],
]);

/** Some of the provider's hosts say with a 403 what others say with a 429. */
const BY_WORDS_OF_403: readonly (readonly [RegExp, Rule])[] = [
  [/ip-restricted/i, { kind: 'ip-restricted', message: 'The provider does not allow this IP address' }],
  [
    /too many (requests|attempts)|rate limit|slow down/i,
    { kind: 'throttled', message: 'The provider asks to slow down' },
  ],
];

const BY_STATUS: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  // The target is elsewhere, so nothing was done here. A wrong base URL is for people to mend: the account pauses.
  ...[301, 302, 307, 308].map((status) => [status, wrongAddress('redirects to another address')] as const),
  [400, { kind: 'message-refused', message: 'The provider refused the content of a message' }],
  [401, { kind: 'unauthorized', message: 'The provider does not accept the API key' }],
  [402, { kind: 'quota', message: 'The provider asks for payment' }],
  [403, { kind: 'blocked', message: 'The provider’s edge blocked the request' }],
  [408, { kind: 'unavailable', message: 'The provider did not receive the whole request' }],
  [413, { kind: 'message-refused', message: 'The request is too large for the provider' }],
  [422, { kind: 'message-refused', message: 'The provider refused the content of a message' }],
  [425, { kind: 'unavailable', message: 'The provider was not ready for the request' }],
  [429, { kind: 'throttled', message: 'The provider asks to slow down' }],
  // Answers of a gateway or edge that reached no working origin. For 502 and 520 this is a judgement: an origin that
  // breaks off after taking the request looks the same, but far rarer than one that is down. 522 and 524 are not
  // among them: there the origin was silent, and may have taken the request.
  ...[502, 503, 520, 521, 523, 525, 526, 530].map(
    (status) => [status, { kind: 'unavailable', message: 'The provider is not available' }] as const,
  ),
]);

function byStatus(status: number): Rule {
  const rule = BY_STATUS.get(status);
  if (rule !== undefined) return rule;
  // 404, 405 and the rest say nothing of a message, so none is given up for them.
  if (status >= 400 && status < 500) return wrongAddress('does not offer the send endpoint');
  if (status >= 200 && status < 300)
    return { kind: 'ambiguous', message: 'The provider accepted, but its keys do not fit the request' };
  // 303 and 304 answer a request that was carried out; 500 and 504 do not say how far it got.
  return { kind: 'ambiguous', message: 'The provider failed without saying how far it got' };
}

function wrongAddress(what: string): Rule {
  return { kind: 'blocked', message: `The configured address ${what}` };
}

function answerOf(
  rule: Rule,
  { response, error, context }: { response: Response; error: ErrorBody; context: ClassifyContext },
): InsiderAnswer {
  const { kind } = rule;
  const where = error.field === undefined ? '' : `, field ${error.field}`;
  const message = `${rule.message} (HTTP ${response.status}${where}).`;
  const providerCode = error.code === undefined ? {} : { providerCode: error.code };
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
