import type { TopicRole } from '@parley/contracts';

/** What the document says of a topic beside its schemas. */
export interface Channel {
  readonly title: string;
  readonly description: string;
  /** Its operation, as the gateway sees it. */
  readonly operation: {
    readonly name: string;
    readonly action: 'receive' | 'send';
    readonly summary: string;
  };
}

export const CHANNELS: Readonly<Record<TopicRole, Channel>> = {
  send: {
    title: 'Texts to send',
    description: 'Sent in order per recipient, each `messageId` once. Setting: `TOPIC_SEND`.',
    operation: { name: 'receiveSend', action: 'receive', summary: 'Takes a text and sends it.' },
  },
  result: {
    title: 'How messages ended',
    description:
      'One record per message settled, whether it came by gRPC, Kafka or HTTP. Setting: `TOPIC_RESULT`.',
    operation: { name: 'sendResult', action: 'send', summary: 'Tells how a message ended.' },
  },
  status: {
    title: 'What became of messages',
    description:
      'One record per message and status. The provider may tell them in any order. Setting: `TOPIC_STATUS`.',
    operation: { name: 'sendStatus', action: 'send', summary: 'Tells one step of a message on its way.' },
  },
  inbound: {
    title: 'Messages of users',
    description: 'One record per message that a user wrote. Setting: `TOPIC_INBOUND`.',
    operation: { name: 'sendInbound', action: 'send', summary: 'Tells what a user wrote.' },
  },
  dlq: {
    title: 'Records nobody can read',
    description:
      'Records of the send topic that break a rule, byte for byte. Trouble that passes brings nothing here. Setting: `TOPIC_DLQ`.',
    operation: { name: 'sendDeadLetter', action: 'send', summary: 'Puts a record aside.' },
  },
  quarantine: {
    title: 'Callbacks nobody can read',
    description: 'Authenticated callbacks of the provider, byte for byte. Setting: `TOPIC_QUARANTINE`.',
    operation: { name: 'sendQuarantine', action: 'send', summary: 'Puts a callback aside.' },
  },
};
