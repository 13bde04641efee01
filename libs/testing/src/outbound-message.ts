import type { OutboundMessage } from '@parley/sender';

let made = 0;

/** A message that keeps every rule; name only what the test is about. */
export function outboundMessage(overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  made += 1;
  return {
    messageId: `message-${made}`,
    account: 'default',
    phoneNumber: '+14155550100',
    text: { body: `Hello ${made}`, previewUrl: false },
    expireTimeMs: Date.UTC(2030, 0, 2),
    ambiguousSends: 'resend',
    metadata: {},
    traceparent: `00-${String(made).padStart(32, '0')}-00f067aa0ba902b7-01`,
    ...overrides,
  };
}
