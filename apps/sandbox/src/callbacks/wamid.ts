import { randomBytes } from 'node:crypto';

/** A WhatsApp message id as Meta makes them: opaque, and never twice. */
export function wamid(): string {
  return `wamid.${randomBytes(24).toString('base64url')}`;
}
