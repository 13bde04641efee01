/** What to do about Meta's error codes that a text can fail with, after Meta's page on error codes. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [131047, 'The user has not written in 24 hours: send a template, or write back as the user below.'],
  [131026, 'The message cannot be delivered: see that the number is on WhatsApp and its app is up to date.'],
  [
    131049,
    'Held back to keep the user’s experience healthy: wait at least 24 hours, and do not repeat it sooner.',
  ],
  [131050, 'The user stopped marketing messages of this business: do not send it again.'],
  [131056, 'Too many messages to this one user: wait some seconds and send again.'],
  [130429, 'The number’s throughput is used up: send more slowly.'],
  [131048, 'Too many messages of this number were reported or blocked: see its quality rating first.'],
  [130472, 'The user is part of an experiment of Meta’s: do not send it again.'],
  [131021, 'The recipient is the sender’s own number: use another one.'],
  [131051, 'This kind of message is not supported: send a text.'],
  [131000, 'Something went wrong at Meta: send it again.'],
  [131016, 'Meta’s service is not available: send it again a little later.'],
  [131042, 'There is a problem with the payment method: see to the billing of the account.'],
  [131031, 'The account is locked: see its page of violations.'],
  [368, 'The account is blocked for a breach of policy: see its page of violations.'],
  [131037, 'The display name of the number is not approved yet: see to that first.'],
  [130497, 'The business may not write to users in this country.'],
  [131008, 'A required parameter is missing: see the raw request.'],
  [131009, 'A parameter has a value that is not allowed: see the raw request.'],
  [100, 'A parameter is not known or too long: see the raw request.'],
]);

export function failureAdvice(code: number | undefined): string {
  if (code === undefined) return 'The text failed without a code: see the callbacks in its details.';
  return ADVICE.get(code) ?? 'See Meta’s page on error codes for what to do about it.';
}
