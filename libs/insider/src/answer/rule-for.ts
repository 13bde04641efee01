import type { ErrorBody } from './error-body.ts';
import type { AccountRefusal, InsiderAnswer } from './insider-answer.ts';

/** What an answer without fitting keys means. */
export interface Rule {
  readonly kind:
    Exclude<InsiderAnswer['kind'], 'accepted' | 'cancelled' | 'account-refused'> | AccountRefusal;
  /** Without a full stop; the status follows it. */
  readonly message: string;
  /** The code of the body that decided, or its first one. */
  readonly code?: string | undefined;
}

/**
 * The rule for an answer without fitting keys: by a code that is known, whatever the status, because the provider's
 * pages name the codes but often not the status they come with; then by the body where a status alone misleads;
 * then by the status. Total: every status has a rule.
 */
export function ruleFor(status: number, error: ErrorBody): Rule {
  const known = error.codes.find((code) => BY_CODE.has(code));
  const rule = BY_CODE.get(known ?? '') ?? byBody(status, error) ?? byStatus(status);
  return { ...rule, code: known ?? error.codes[0] };
}

const IP_RESTRICTED: Rule = {
  kind: 'ip-restricted',
  message: 'The provider does not allow this IP address',
};
const REFUSED: Rule = { kind: 'message-refused', message: 'The provider refused the content of a message' };
const THROTTLED: Rule = { kind: 'throttled', message: 'The provider asks to slow down' };
const UNAVAILABLE: Rule = { kind: 'unavailable', message: 'The provider is not available' };
const HELD_BY_META: Rule = { kind: 'blocked', message: 'WhatsApp does not let the account send' };
const QUOTA_OF_META: Rule = { kind: 'quota', message: 'WhatsApp’s limit on the account is reached' };

const BY_CODE: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  // The provider's own.
  ['1088', IP_RESTRICTED],
  ['2001', { kind: 'message-refused', message: 'The provider could not decode the request' }],
  ['2002', REFUSED],
  // One code for "no active provider" and for internal problems, after which nobody knows how far it got.
  ['2003', { kind: 'ambiguous', message: 'The provider failed inside while sending' }],
  ['2020', { kind: 'unavailable', message: 'The provider is in maintenance' }],
  ['20030', { kind: 'message-refused', message: 'The provider does not accept the country code' }],
  ['20031', { kind: 'quota', message: 'The account’s proof-of-concept quota is used up' }],

  // Meta's, should the provider hand one on at once; it queues first, so callbacks carry them as a rule. Meta sends
  // most with a 400, which would have every message refused for what only the account, or the moment, is to blame.
  // Left out are the codes of a message or a recipient, for which a 400 is right, and those below 80000, which may
  // mean something else here.
  ['80007', THROTTLED],
  ['130429', THROTTLED],
  ['131016', UNAVAILABLE],
  ['131057', UNAVAILABLE],
  ['133004', UNAVAILABLE],
  ['131005', HELD_BY_META],
  ['131031', HELD_BY_META],
  ['131037', HELD_BY_META],
  ['131045', HELD_BY_META],
  ['133010', HELD_BY_META],
  ['131042', QUOTA_OF_META],
  ['131048', QUOTA_OF_META],
  ['131064', QUOTA_OF_META],
  ['134011', QUOTA_OF_META],
]);

function byBody(status: number, { words, namesField, isMarkup }: ErrorBody): Rule | undefined {
  switch (status) {
    // An edge's page, about the form of the request and not about a message: plain HTTP on a TLS port, or headers it
    // cannot read. Every message would meet it.
    case 400:
      return isMarkup
        ? { kind: 'blocked', message: 'The provider’s edge could not read the request' }
        : undefined;
    case 403:
      if (/ip-restricted/i.test(words)) return IP_RESTRICTED;
      // Some of the provider's hosts say with a 403 what others say with a 429.
      return /too many (requests|attempts)|rate limit|slow down/i.test(words) ? THROTTLED : undefined;
    // A throttle names no field. Waiting never ends this one, and would hold up everybody else's messages.
    case 429:
      return namesField && /maximum attempts exceeded/i.test(words) ? REFUSED : undefined;
    // No words make a 500 safe. "channel already exists" is a conflict on another host of the provider; here nobody
    // knows what exists already, so it stays ambiguous and the sender's policy decides.
    default:
      return undefined;
  }
}

const BY_STATUS: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  // The target is elsewhere, so nothing was done here. A wrong base URL is for people to mend: the account pauses.
  ...[301, 302, 307, 308].map((status) => [status, wrongAddress('redirects to another address')] as const),
  [400, REFUSED],
  [401, { kind: 'unauthorized', message: 'The provider does not accept the API key' }],
  [402, { kind: 'quota', message: 'The provider asks for payment' }],
  [403, { kind: 'blocked', message: 'The provider’s edge blocked the request' }],
  [408, { kind: 'unavailable', message: 'The provider did not receive the whole request' }],
  // What a message conflicts with may be its own first copy. Not the account's fault: it would pause for one message.
  [409, { kind: 'ambiguous', message: 'The provider sees a conflict with something it has' }],
  [413, { kind: 'message-refused', message: 'The request is too large for the provider' }],
  [422, REFUSED],
  [425, { kind: 'unavailable', message: 'The provider was not ready for the request' }],
  [429, THROTTLED],
  // Said by a server that cannot do what is asked, whoever asks; 511 by a network that wants a login first.
  ...[501, 505, 511].map((status) => [status, wrongAddress('does not offer the send endpoint')] as const),
  // Answers of a gateway or edge that reached no working origin. For 502 and 520 this is a judgement: an origin that
  // breaks off after taking the request looks the same, but far rarer than one that is down. 522 and 524 are not
  // among them: there the origin was silent, and may have taken the request.
  ...[502, 503, 520, 521, 523, 525, 526, 530].map((status) => [status, UNAVAILABLE] as const),
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
