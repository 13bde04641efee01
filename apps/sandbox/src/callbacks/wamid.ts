import { randomUUID } from 'node:crypto';

/** A WhatsApp message id as Meta makes them: opaque, and never twice. */
export function wamid(): string {
  // A UUID's randomness is drawn ahead for many at once; to ask the system for each costs more than all else of a text.
  return `wamid.${Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')}`;
}
