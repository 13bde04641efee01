import type { KnownMessage, OutboundMessage, SentMessage, Settlement } from '@parley/sender';

const OUTCOMES = new Set<unknown>(['accepted', 'rejected', 'expired', 'unknown']);

/** Undefined when the text is not what was stored. */
export function readSettlement(text: string): Settlement | undefined {
  const value = parse<Settlement>(text);
  return value?.kind === 'settled' && OUTCOMES.has(value.outcome?.kind) ? (value as Settlement) : undefined;
}

/** What `LUA_ID` says of an id, without asking whether its holder lives. Undefined when the text is not what was stored. */
export function readKnownMessage(text: string): KnownMessage | undefined {
  if (/^S\|[^|]*\|[\d.]+\|/.test(text)) return { kind: 'sending' };
  const settlement = /^D\|[^|]*\|(.*)$/s.exec(text)?.[1];
  return settlement === undefined ? undefined : readSettlement(settlement);
}

export function writeSentMessage(
  { messageId, account, phoneNumber, metadata, traceparent }: OutboundMessage,
  { attempts }: Settlement,
  settledMs: number,
): string {
  const sent: SentMessage = { messageId, account, phoneNumber, metadata, attempts, settledMs };
  return JSON.stringify(traceparent === undefined ? sent : { ...sent, traceparent });
}

/**
 * Undefined when the text is not what was stored. One that does not tell its attempts was sent with one, and one that does
 * not tell when, long ago.
 */
export function readSentMessage(text: string): SentMessage | undefined {
  const value = parse<SentMessage>(text);
  if (!value) return undefined;
  const { messageId, account, phoneNumber, metadata = {}, traceparent, attempts = 1, settledMs = 0 } = value;
  if (messageId === undefined || account === undefined || phoneNumber === undefined) return undefined;
  const sent = { messageId, account, phoneNumber, metadata, attempts, settledMs };
  return traceparent === undefined ? sent : { ...sent, traceparent };
}

function parse<T>(text: string): Partial<T> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
