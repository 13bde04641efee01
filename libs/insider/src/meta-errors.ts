/** What to make of an error code. */
export interface ErrorAdvice {
  readonly title: string;
  /** Whether the same message, sent again within minutes, can succeed without anybody changing anything. */
  readonly retryable: boolean;
  /** One line: what to do. */
  readonly advice: string;
}

/**
 * Looks up a code of a callback or of the send endpoint: Meta's, which the provider forwards, or the provider's own.
 * Meta asks to build on codes, since titles and HTTP statuses change; whether a retry can help is read from the
 * remedy it gives for the code. An unknown code is not retried: a repetition costs more than asking.
 */
export function adviceFor(code: string | number): ErrorAdvice {
  return ADVICE.get(String(code)) ?? inPermissionRange(Number(code)) ?? UNKNOWN;
}

const UNKNOWN: ErrorAdvice = {
  title: 'Unknown error',
  retryable: false,
  advice: 'Look the code up in Meta’s list of WhatsApp error codes, then ask Insider.',
};

const NO_PERMISSION: ErrorAdvice = {
  title: 'Permission missing',
  retryable: false,
  advice: 'Ask Insider to check the permissions of the WhatsApp account.',
};

/** Meta uses 200 to 299 for missing permissions. */
function inPermissionRange(code: number): ErrorAdvice | undefined {
  return Number.isInteger(code) && code >= 200 && code <= 299 ? NO_PERMISSION : undefined;
}

type Row = readonly [code: number, title: string, retryable: 'retry' | 'final', advice: string];

const ROWS: readonly Row[] = [
  // The recipient
  [131047, 'Re-engagement message', 'final', 'Over 24 hours since the user last wrote: send a template.'],
  [131026, 'Message undeliverable', 'final', 'Reach the person another way: WhatsApp cannot deliver here.'],
  [
    131056,
    'Pair rate limit',
    'retry',
    'Wait before writing to this recipient again; others are not affected.',
  ],
  [130403, 'Recipient blocked by the business', 'final', 'Unblock the user first.'],
  [130497, 'Country restricted', 'final', 'The business may not write to this country.'],
  [131021, 'Recipient is the sender', 'final', 'Send to another number than the sender’s own.'],

  // Too fast, or Meta in trouble
  [130429, 'Throughput limit', 'retry', 'Try later and slow down.'],
  [80007, 'Account rate limit', 'retry', 'Try later with fewer calls.'],
  [4, 'Application rate limit', 'retry', 'Try later with fewer calls.'],
  [1, 'Unknown API error', 'retry', 'Try a few times; check Meta’s status page.'],
  [2, 'Service temporarily down', 'retry', 'Try later.'],
  [131000, 'Something went wrong', 'retry', 'Try a few times, then ask Insider.'],
  [131016, 'Service unavailable', 'retry', 'Try later.'],
  [131057, 'Account in maintenance', 'retry', 'Try again in a few minutes.'],
  [133004, 'Server unavailable', 'retry', 'Try later.'],

  // The message
  [135000, 'Generic user error', 'final', 'Check the message; Meta cannot read it.'],
  [100, 'Invalid parameter', 'final', 'Check the message’s fields and lengths.'],
  [131008, 'Parameter missing', 'final', 'Add the field that the details name.'],
  [131009, 'Parameter value invalid', 'final', 'Correct the field that the details name.'],
  [131051, 'Unsupported message type', 'final', 'Send a type that WhatsApp supports.'],
  [131052, 'Media download failed', 'final', 'Ask the user to send the file again.'],
  [131053, 'Media upload failed', 'final', 'Check the file; the details say why.'],

  // The business account, for its operator
  [131048, 'Spam rate limit', 'final', 'Check the number’s quality in WhatsApp Manager; it can last days.'],
  [131064, 'Messaging limited', 'final', 'Wait until Meta lifts the limit on the account.'],
  [33, 'Business number deleted', 'final', 'Check the sender number with Insider.'],
  [131037, 'Display name not approved', 'final', 'Get the display name approved.'],
  [131045, 'Number not registered', 'final', 'Ask Insider to register the sender number.'],
  [133010, 'Number not registered', 'final', 'Ask Insider to register the sender number.'],
  [131042, 'Payment problem', 'final', 'Settle the billing of the WhatsApp account.'],
  [134011, 'Payment terms pending', 'final', 'Accept WhatsApp’s payment terms.'],
  [131031, 'Account locked', 'final', 'Ask Meta, through Insider, why the account is locked.'],
  [368, 'Blocked for policy violations', 'final', 'Check the account’s policy violations.'],
  [0, 'Authentication failed', 'final', 'Alert Insider: its token at Meta does not work.'],
  [190, 'Access token expired', 'final', 'Alert Insider: its token at Meta has expired.'],
  [3, 'Capability missing', 'final', NO_PERMISSION.advice],
  [10, 'Permission denied', 'final', NO_PERMISSION.advice],
  [131005, 'Access denied', 'final', NO_PERMISSION.advice],

  // Registration of the sender number
  [133000, 'Deregistration incomplete', 'final', 'Ask Insider to register the sender number.'],
  [133005, 'Wrong registration PIN', 'final', 'Ask Insider to register the sender number.'],
  [133006, 'Number to be verified again', 'final', 'Ask Insider to verify the sender number.'],
  [133008, 'Too many registration PINs', 'final', 'Ask Insider to register the sender number later.'],
  [133009, 'Registration PINs too fast', 'final', 'Ask Insider to register the sender number later.'],
  [133015, 'Number deleted lately', 'final', 'Ask Insider to register the sender number later.'],
  [133016, 'Too many registrations', 'final', 'Ask Insider to register the sender number later.'],

  // Templates and marketing; not expected for texts
  [130472, 'User in an experiment', 'final', 'Meta holds marketing back from this user.'],
  [
    131049,
    'Held back for a healthy ecosystem',
    'final',
    'Wait at least 24 hours before trying this user again.',
  ],
  [131050, 'User stopped marketing', 'final', 'Send this user no marketing.'],
  [131063, 'Marketing not available', 'final', 'Marketing messages are disabled on this API.'],
  [132000, 'Template parameter count', 'final', 'Match the parameters to the template.'],
  [132001, 'Template missing', 'final', 'Check the template’s name and language.'],
  [132005, 'Template text too long', 'final', 'Shorten the template’s parameters.'],
  [132007, 'Template policy', 'final', 'Change the template to follow WhatsApp’s policy.'],
  [132012, 'Template parameter format', 'final', 'Correct the format of the parameters.'],
  [132015, 'Template paused', 'final', 'Improve the template’s quality or wait until it is active.'],
  [132016, 'Template disabled', 'final', 'Create another template.'],
  [132018, 'Template validation', 'final', 'Correct the template’s parameters.'],
  [132068, 'Flow blocked', 'final', 'Correct the flow.'],
  [132069, 'Flow throttled', 'retry', 'Try later; the flow reached its hourly limit.'],
  [131055, 'Method not allowed', 'final', 'Send this kind of message through another API.'],
  [134100, 'Marketing only', 'final', 'Send this kind of message through another API.'],
  [134102, 'Template not available', 'final', 'Check the template’s state.'],
  [134101, 'Template syncing', 'retry', 'Try again in ten minutes.'],

  // The provider's own
  [1088, 'IP address restricted', 'final', 'Have this IP address allowed for the API key.'],
  [2001, 'Request not decodable', 'final', 'Send a JSON body.'],
  [2002, 'Request not valid', 'final', 'Correct the field that the error names.'],
  [2003, 'Provider failure', 'retry', 'Try a few times, then ask Insider.'],
  [2010, 'Settings not decodable', 'final', 'Send the webhook settings as a JSON body.'],
  [2011, 'Settings not valid', 'final', 'Correct the webhook setting that the error names.'],
  [2012, 'Settings not saved', 'retry', 'Save the webhook settings again.'],
  [2017, 'Media upload failed', 'final', 'Check the file and upload it again.'],
  [2018, 'Media lookup failed', 'final', 'Check the id of the file.'],
  [2019, 'Media download failed', 'final', 'Check the id of the file.'],
  [2020, 'Maintenance', 'retry', 'Wait until Insider’s maintenance is over.'],
  [20030, 'Country code not accepted', 'final', 'Check the number’s country code.'],
  [20031, 'Proof-of-concept quota used up', 'final', 'Ask Insider to raise the quota.'],
];

const ADVICE: ReadonlyMap<string, ErrorAdvice> = new Map(
  ROWS.map(([code, title, retryable, advice]) => [
    String(code),
    { title, retryable: retryable === 'retry', advice },
  ]),
);
