import { randomUUID } from 'node:crypto';

/** Insider's page masks a key as `whatsapp-*************************`; its newer pages show a UUID there. */
export function newKey(): string {
  return `whatsapp-${randomUUID()}`;
}
