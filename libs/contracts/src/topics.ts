/** The topics' default names. A gateway may be configured to use others. */
export const TOPICS = {
  send: 'whatsapp.conversational.send.v1',
  result: 'whatsapp.conversational.result.v1',
  status: 'whatsapp.conversational.status.v1',
  inbound: 'whatsapp.conversational.inbound.v1',
  dlq: 'whatsapp.conversational.send.v1.dlq',
  quarantine: 'whatsapp.conversational.callback.v1.quarantine',
} as const;

export type TopicRole = keyof typeof TOPICS;
