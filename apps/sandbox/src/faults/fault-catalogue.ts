import { ENDPOINT_FAULTS, MESSAGE_FAULTS } from './fault-rule.ts';
import type { EndpointFault, FaultName, MessageFault } from './fault-rule.ts';

/** A fault as it is published: in `docs/sandbox.md`, in the control API, on the page. */
export interface CatalogueEntry {
  readonly fault: FaultName;
  readonly kind: 'endpoint' | 'message';
  readonly title: string;
  /** What the client sees, whether the messages are taken, and what to make of it. */
  readonly description: string;
  /** A text to this number plays the fault, whatever is switched on. */
  readonly magicRecipient: string;
  /** A text that holds this word plays the fault, whatever is switched on. */
  readonly magicText: string;
}

interface Published {
  readonly title: string;
  readonly description: string;
  readonly magicRecipient: string;
}

/** Whether the messages of a request that meets the fault are taken all the same. */
interface PublishedOfEndpoint extends Published {
  readonly taken: boolean;
}

/** The numbers are of the range that Twilio has its magic numbers in: valid, and nobody's. */
const OF_ENDPOINT: Readonly<Record<EndpointFault, PublishedOfEndpoint>> = {
  throttled: {
    title: 'Too many requests',
    description:
      '429 in the body that the settings name. No message is taken: slow down, and send the same again.',
    taken: false,
    magicRecipient: '+15005550429',
  },
  'throttled-retry-after': {
    title: 'Too many requests, with a pause',
    description: '429 with Retry-After: 2. No message is taken: send the same again after two seconds.',
    taken: false,
    magicRecipient: '+15005550430',
  },
  'server-error': {
    title: 'Server error',
    description:
      '500. No message is taken, and the answer does not say so: who sends the same again risks a copy.',
    taken: false,
    magicRecipient: '+15005550500',
  },
  maintenance: {
    title: 'Maintenance',
    description: '503 with code 2020. No message is taken: send the same again once it is over.',
    taken: false,
    magicRecipient: '+15005550503',
  },
  'gateway-timeout': {
    title: 'Gateway timeout',
    description:
      '504 with a page of HTML from the edge. The messages are taken, and the keys are lost: who sends the same again makes a copy.',
    taken: true,
    magicRecipient: '+15005550504',
  },
  hang: {
    title: 'No answer',
    description:
      'The connection stays open without an answer for up to five minutes. No message is taken, and the client cannot know.',
    taken: false,
    magicRecipient: '+15005550408',
  },
  'slow-drip': {
    title: 'Slow answer',
    description:
      'The messages are taken, and the answer comes byte by byte, ten a second: a whole answer for who waits, none for who does not.',
    taken: true,
    magicRecipient: '+15005550206',
  },
  'reset-before': {
    title: 'Reset before it is processed',
    description:
      'The connection is reset without an answer. No message is taken, and the client cannot know.',
    taken: false,
    magicRecipient: '+15005550444',
  },
  'reset-after': {
    title: 'Reset after it is processed',
    description:
      'The connection is reset without an answer. The messages are taken, and the client cannot know: who sends the same again makes a copy.',
    taken: true,
    magicRecipient: '+15005550445',
  },
  'edge-html': {
    title: 'Page of the edge',
    description: '502 with a page of HTML from the edge. No message is taken: send the same again later.',
    taken: false,
    magicRecipient: '+15005550502',
  },
  'too-few-keys': {
    title: 'A key too few',
    description:
      'The messages are taken, and the answer lacks the last key: which message a key is of cannot be told for sure.',
    taken: true,
    magicRecipient: '+15005550207',
  },
  'too-many-keys': {
    title: 'A key too many',
    description:
      'The messages are taken, and the answer has a key more than messages: which key is of no message cannot be told.',
    taken: true,
    magicRecipient: '+15005550208',
  },
  'ip-restricted': {
    title: 'Address not allowed',
    description:
      '403 ip-restricted with code 1088. No message is taken, and none will be until the address is allowed.',
    taken: false,
    magicRecipient: '+15005550403',
  },
  'key-revoked': {
    title: 'Key revoked',
    description: '401, though the key is right. No message is taken, and none will be with this key.',
    taken: false,
    magicRecipient: '+15005550401',
  },
};

const OF_MESSAGE: Readonly<Record<MessageFault, Published>> = {
  fails: {
    title: 'Fails on WhatsApp',
    description:
      'The message is taken, then a callback tells a failure: Meta’s code 131026, or the one given, as in #sandbox:fails=131047.',
    magicRecipient: '+15005550600',
  },
  'never-delivered': {
    title: 'Never delivered',
    description: 'Accepted and sent, and no word after that: the phone is off.',
    magicRecipient: '+15005550610',
  },
  'never-read': {
    title: 'Never read',
    description: 'Accepted, sent and delivered, and never read.',
    magicRecipient: '+15005550611',
  },
  'read-without-delivered': {
    title: 'Read without delivered',
    description: 'Accepted, sent and read: delivered is left out, as Meta’s page allows for.',
    magicRecipient: '+15005550612',
  },
  'callbacks-late': {
    title: 'Callbacks late',
    description: 'Every callback of the message comes long after it happened; its time is the true one.',
    magicRecipient: '+15005550620',
  },
  'callbacks-doubled': {
    title: 'Callbacks doubled',
    description: 'Every callback of the message comes twice.',
    magicRecipient: '+15005550621',
  },
  'callbacks-out-of-order': {
    title: 'Callbacks out of order',
    description: 'The callbacks of the message come in another order than things happened in.',
    magicRecipient: '+15005550622',
  },
  'callbacks-missing': {
    title: 'Callbacks missing',
    description: 'No callback of the message ever comes, though everything happens to it.',
    magicRecipient: '+15005550623',
  },
};

/** Every fault there is, those of requests first. */
export const FAULT_CATALOGUE: readonly CatalogueEntry[] = [
  ...ENDPOINT_FAULTS.map((fault) => entryOf(fault, 'endpoint', OF_ENDPOINT[fault])),
  ...MESSAGE_FAULTS.map((fault) => entryOf(fault, 'message', OF_MESSAGE[fault])),
];

function entryOf(
  fault: FaultName,
  kind: CatalogueEntry['kind'],
  { title, description, magicRecipient }: Published,
): CatalogueEntry {
  return { fault, kind, title, description, magicRecipient, magicText: `#sandbox:${fault}` };
}

/** Whether the messages of a request that meets the fault are taken all the same. */
export function takesMessages(fault: EndpointFault): boolean {
  return OF_ENDPOINT[fault].taken;
}
