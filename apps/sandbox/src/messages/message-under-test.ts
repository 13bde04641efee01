import type { ReceivedMessage } from './received-message.ts';

/** A text that the sandbox took, as a test needs it. */
export function messageUnderTest(key: string, fields: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    key,
    wamid: `wamid.${key}`,
    phoneNumber: '+15550001234',
    body: 'hello',
    previewUrl: false,
    receivedTime: new Date(0),
    requestId: 'request',
    statuses: [],
    ...fields,
  };
}
