import type { IncomingRecord, OutgoingRecord } from '../bus.ts';
import { headerBytes } from '../record-size.ts';

/** Why a record is put aside. */
export interface DeadLetter {
  readonly reason: string;
  readonly message: string;
}

/** What is left out, one after the other, of a letter that is too large; the least missed first. */
export const DEAD_LETTER_PARTS = ['value', 'headers', 'key'] as const;

export type DeadLetterPart = (typeof DEAD_LETTER_PARTS)[number];

/** The record with the story of its end in `dlq-` headers, and the size of what is left out. */
export function toDeadLetter(
  record: IncomingRecord,
  { reason, message }: DeadLetter,
  { topic, omitted }: { readonly topic: string; readonly omitted: readonly DeadLetterPart[] },
): OutgoingRecord {
  const isOmitted = (part: DeadLetterPart): boolean => omitted.includes(part);
  const headers = { ...record.headers, ...record.repeatedHeaders };
  const bytes = {
    value: record.value?.length ?? 0,
    headers: headerBytes(headers),
    key: record.key?.length ?? 0,
  };
  return {
    topic,
    key: isOmitted('key') ? null : record.key,
    value: isOmitted('value') ? null : record.value,
    headers: {
      ...(!isOmitted('headers') && headers),
      'dlq-reason': reason,
      'dlq-message': message,
      'dlq-original-topic': record.topic,
      'dlq-original-partition': String(record.partition),
      'dlq-original-offset': String(record.offset),
      'dlq-time': new Date().toISOString(),
      ...Object.fromEntries(omitted.map((part) => [`dlq-${part}-omitted-bytes`, String(bytes[part])])),
    },
  };
}
