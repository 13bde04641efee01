import { describe, expect, it } from '@jest/globals';
import { outboundMessage } from '@parley/testing';
import { fingerprintOf } from './fingerprint.ts';

describe('fingerprintOf', () => {
  const message = outboundMessage({ text: { body: 'Hello', previewUrl: false } });

  it('is the same for whatever the recipient would see the same of', () => {
    const same = {
      ...message,
      messageId: 'other',
      metadata: { a: 'b' },
      expireTimeMs: 1,
      ambiguousSends: 'report',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    } as const;
    expect(fingerprintOf(same)).toBe(fingerprintOf(message));
  });

  it.each([
    ['recipient', { phoneNumber: '+14155550199' }],
    ['text', { text: { body: 'Hello!', previewUrl: false } }],
    ['preview', { text: { body: 'Hello', previewUrl: true } }],
  ])('differs with the %s', (_, change) => {
    expect(fingerprintOf({ ...message, ...change })).not.toBe(fingerprintOf(message));
  });

  it('holds nothing of the text in the clear, and is short', () => {
    const fingerprint = fingerprintOf({ ...message, text: { body: 'x'.repeat(4096), previewUrl: false } });
    expect(fingerprint).toMatch(/^[A-Za-z0-9+/=]{44}$/);
    expect(fingerprint).not.toContain('xxxx');
  });
});
