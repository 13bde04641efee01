import type { OutboundMessage, SentMessage, Settlement } from '@parley/sender';

const OUTCOMES = new Set<unknown>(['accepted', 'rejected', 'expired', 'unknown']);

/** Undefined when the text is not what was stored. */
export function readSettlement(text: string): Settlement | undefined {
  const value = parse<Settlement>(text);
  return value?.kind === 'settled' && OUTCOMES.has(value.outcome?.kind) ? (value as Settlement) : undefined;
}

export function writeSentMessage({ messageId, account, phoneNumber, metadata }: OutboundMessage): string {
  return JSON.stringify({ messageId, account, phoneNumber, metadata } satisfies SentMessage);
}

/** Undefined when the text is not what was stored. */
export function readSentMessage(text: string): SentMessage | undefined {
  const value = parse<SentMessage>(text);
  if (!value) return undefined;
  const { messageId, account, phoneNumber, metadata } = value;
  if (messageId === undefined || account === undefined || phoneNumber === undefined) return undefined;
  return { messageId, account, phoneNumber, metadata: metadata ?? {} };
}

function parse<T>(text: string): Partial<T> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
