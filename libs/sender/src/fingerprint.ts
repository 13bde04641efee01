import { hash } from 'node:crypto';
import type { OutboundMessage } from './message.ts';

/** Of what the recipient sees: a repeated id may carry other metadata or another expire time, not another text. */
export function fingerprintOf(message: OutboundMessage): string {
  const { phoneNumber, text } = message;
  return hash('sha256', JSON.stringify([phoneNumber, text.body, text.previewUrl]), 'base64');
}
