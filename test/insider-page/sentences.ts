/**
 * Every sentence of Insider's page "Send Conversational WhatsApp Text Message" that states behaviour, in the page's order.
 * `docs/sandbox.md` has the same list; each has its check for the sandbox, and for the gateway unless it says why not.
 */
export interface Sentence {
  readonly id: string;
  /** The page's own heading. */
  readonly section: string;
  /** What it says, in few words. */
  readonly says: string;
  /** Whether the gateway's endpoint does the same, something else that its own check shows, or has no part in it. */
  readonly gateway: 'same' | Otherwise | NoPart;
}

interface Otherwise {
  readonly otherwise: string;
}

interface NoPart {
  readonly no: string;
}

const IS_CALLED = { no: 'the gateway is who is called back' };
const HAS_NO_EDGE = { no: 'nothing stands in front of the gateway but what its operator puts there' };

export const SENTENCES = [
  ...under('Send Conversational WhatsApp Text Message', {
    'user-starts': ['Users can start a conversation with a business', 'same'],
    'bot-replies': ['A bot can be integrated that replies to what users write', 'same'],
    'text-only': ['Only text content can be sent with this type', 'same'],
    window: ['It can be sent if the user wrote to the number in the last 24 hours', 'same'],
    'url-shown': ['The text is shown on the phone with its URL', 'same'],
  }),
  ...under('Endpoint and Headers', {
    endpoint: ['POST /v1/conversational/send', 'same'],
    'key-required': ['X-INS-AUTH-KEY is required to authorize a request', 'same'],
    'content-type': ['Content-Type: application/json says what the body is', 'same'],
  }),
  ...under('Body Parameters', {
    'messages-key': ['All messages are contained in the messages key', 'same'],
    'several-messages': ['Several messages can be sent with a single request', 'same'],
    'messages-array': ['messages: an array, required', 'same'],
    'phone-number': ['phoneNumber: the number of the person the message goes to', 'same'],
    'phone-number-required': ['phoneNumber: a string, required', 'same'],
    'message-object': ['message: an object, required', 'same'],
    'type-text': ['type: required, must be “text”', 'same'],
    'text-object': ['text: an object with the properties of the text, required', 'same'],
    preview: ['preview_url allows for the preview of a URL', 'same'],
    'preview-optional': ['preview_url is optional', 'same'],
    'preview-default': ['preview_url is false by default', 'same'],
    'preview-boolean': ['preview_url: a boolean', 'same'],
    'body-content': ['body can contain URLs (http://, https://) and formatting', 'same'],
    'body-length': ['body has 4096 characters at most', 'same'],
    'body-required': ['body: a string, required', 'same'],
  }),
  ...under('WhatsApp Status Callback', {
    'status-tracked': ['The delivery status of a message is told in real time', 'same'],
    'callback-parameter': [
      'Status updates go to the URL in the callback parameter',
      { otherwise: 'takes the parameter and ignores it: statuses become events of its own' },
    ],
    'answered-is-done': ['An answer with a code between 200 and 300 ends a callback', IS_CALLED],
    'ten-retries': ['Any other is retried automatically, up to 10 times', IS_CALLED],
    'retry-schedule': ['The retries follow a schedule counted from the first attempt', IS_CALLED],
  }),
  ...under('Sample Request', {
    'sample-request': ['The sample request, as curl sends it', 'same'],
  }),
  ...under('Sample Responses', {
    'one-key-each': ['One key is returned for each message', 'same'],
    'key-in-events': ['The key is added to all events of its message', 'same'],
  }),
  ...under('403 Forbidden', {
    'edge-blocks': ['Requests can be blocked by the edge in front, with 403', HAS_NO_EDGE],
    'edge-looks-at-agents': ['The edge may block specific User-Agents', HAS_NO_EDGE],
    'edge-looks-at-addresses': ['The edge may block specific IP addresses', HAS_NO_EDGE],
    'ip-restricted': ['A restricted IP is answered with the body ip-restricted', HAS_NO_EDGE],
    'ip-not-allowed': ['403 is for an IP address that is not allowed', HAS_NO_EDGE],
    'code-1088': ['Code 1088 is specific to IP restriction', 'same'],
    'default-agents': ['Default and empty User-Agents are blocked, such as Java’s', HAS_NO_EDGE],
    'blocks-reviewed': ['Blocked requests can be reviewed, with what they were blocked for', HAS_NO_EDGE],
  }),
  ...under('Limitations', {
    'post-only': ['Everything is a simple POST', 'same'],
    'new-messages-only': ['Only new messages can be sent', 'same'],
    'no-data': ['No data can be retrieved', 'same'],
    'key-in-header': ['The key belongs into the request header', 'same'],
    'wrong-key': ['With a wrong key nothing is executed, and an authorization error returned', 'same'],
    'rate-limit': [
      'The rate limit is 10 requests per second',
      { otherwise: 'takes them all, and keeps the limit towards the provider' },
    ],
    'rate-limit-adjustable': [
      'The limit is a default that can be adjusted',
      { no: 'the gateway has its own setting, INSIDER_RATE_LIMIT_PER_SECOND' },
    ],
  }),
] as const;

export type SentenceId = (typeof SENTENCES)[number]['id'];

/** Each sentence of a section, its id kept as a type so that no check can be missing. */
function under<Id extends string>(
  section: string,
  sentences: Readonly<Record<Id, readonly [says: string, gateway: Sentence['gateway']]>>,
): (Sentence & { readonly id: Id })[] {
  return Object.entries(sentences as Record<Id, readonly [string, Sentence['gateway']]>).map((entry) => {
    const [id, [says, gateway]] = entry as [Id, readonly [string, Sentence['gateway']]];
    return { id, section, says, gateway };
  });
}
