import { randomUUID } from 'node:crypto';
import type { InsiderMessage, Violation as WireViolation } from '@parley/insider';
import { readMessage } from '@parley/sender';
import type { DraftField, MessageDefaults, OutboundMessage } from '@parley/sender';

const FIELDS = {
  messageId: '',
  phoneNumber: '.phoneNumber',
  'text.body': '.message.text.body',
  'text.previewUrl': '.message.text.preview_url',
  expireTime: '',
  ambiguousSends: '',
  metadata: '',
} as const satisfies Record<DraftField, string>;

export type WireReading =
  | { readonly kind: 'valid'; readonly messages: readonly OutboundMessage[] }
  | { readonly kind: 'invalid'; readonly violations: readonly WireViolation[] };

/**
 * Messages in the provider's form as ours. The provider refuses a request for one invalid message, and so do we.
 *
 * @param defaults.traceparent the request's, or what follows from it: all of its messages belong to that trace
 */
export function readMessages(
  wire: readonly InsiderMessage[],
  { traceparent, ...defaults }: MessageDefaults & { readonly traceparent: unknown },
): WireReading {
  const messages: OutboundMessage[] = [];
  const violations: WireViolation[] = [];
  for (const [index, { phoneNumber, message }] of wire.entries()) {
    const { body, preview_url: previewUrl } = message.text;
    const draft = { messageId: randomUUID(), phoneNumber, body, previewUrl, traceparent };
    const reading = readMessage(draft, defaults);
    if (reading.kind === 'valid') messages.push(reading.message);
    else {
      for (const { field, rule } of reading.violations) {
        violations.push({ field: `messages[${index}]${FIELDS[field]}`, rule });
      }
    }
  }
  return violations.length > 0 ? { kind: 'invalid', violations } : { kind: 'valid', messages };
}
