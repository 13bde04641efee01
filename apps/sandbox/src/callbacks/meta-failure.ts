import { adviceFor } from '@parley/insider';

/** What Meta says of a code: the title it repeats as the message, and the details. */
export interface MetaFailure {
  readonly title: string;
  readonly details: string;
}

/** In Meta's own words where they are published; of any other code, its title alone. */
export function metaFailure(code: number): MetaFailure {
  const { title } = adviceFor(code);
  return FAILURES.get(code) ?? { title, details: title };
}

type Row = readonly [code: number, title: string, details: string];

/** Meta's page of WhatsApp error codes. */
const ROWS: readonly Row[] = [
  [
    131_047,
    'Re-engagement message',
    'More than 24 hours have passed since the recipient last replied to the sender number.',
  ],
  [131_026, 'Message undeliverable', 'Message Undeliverable.'],
  [
    131_056,
    '(Business Account, Consumer Account) pair rate limit hit',
    'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
  ],
  [
    130_429,
    'Rate limit hit',
    'Message failed to send because there were too many messages sent from this phone number in a short period of time.',
  ],
  [
    131_048,
    'Spam rate limit hit',
    'Message failed to send because there are restrictions on how many messages can be sent from this phone number.',
  ],
  [131_000, 'Something went wrong', 'Message failed to send due to an unknown error.'],
  [131_016, 'Service unavailable', 'A service is temporarily unavailable.'],
  [131_051, 'Unsupported message type', 'Unsupported message type.'],
  [
    130_472,
    'User’s number is part of an experiment',
    'Failed to send message because this user’s phone number is part of an experiment.',
  ],
  [
    131_049,
    'This message was not delivered to maintain healthy ecosystem engagement.',
    'In order to maintain a healthy ecosystem engagement, the message failed to be delivered.',
  ],
  [
    368,
    'Temporarily blocked for policies violations',
    'The WhatsApp Business account has been restricted or disabled for violating a platform policy.',
  ],
  [
    131_031,
    'Business account locked',
    'The WhatsApp Business account has been restricted or disabled for violating a platform policy.',
  ],
];

const FAILURES: ReadonlyMap<number, MetaFailure> = new Map(
  ROWS.map(([code, title, details]) => [code, { title, details }]),
);
