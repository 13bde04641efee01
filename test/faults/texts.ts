import { randomUUID } from 'node:crypto';
import type { Text } from '@parley/testing/gateway-client';

let made = 0;

/** A text with an id and a recipient of its own; the body is the id, so that the provider can tell which it is. */
export function textOf(overrides: Partial<Text> & { readonly prefix?: string } = {}): Text {
  made += 1;
  const { prefix = 'text', ...rest } = overrides;
  const messageId = rest.messageId ?? `${prefix}-${made}-${randomUUID().slice(0, 8)}`;
  return { messageId, phoneNumber: phoneNumber(made), text: { body: messageId }, ...rest };
}

/** The nth of a million numbers that may be called. */
function phoneNumber(nth: number): string {
  return `+1415${String(2_000_000 + (nth % 1_000_000)).padStart(7, '0')}`;
}

export function textsOf(count: number, overrides: Parameters<typeof textOf>[0] = {}): Text[] {
  return Array.from({ length: count }, () => textOf(overrides));
}
