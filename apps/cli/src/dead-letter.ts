import type { IncomingRecord, OutgoingRecord } from '@parley/kafka';

/** How the headers begin that the gateway adds to a record that it puts aside. */
const STORY = 'dlq-';

/** A record of the dead letter topic: why it is there, and what it was before. */
export interface DeadLetter {
  readonly reason: string;
  readonly message: string;
  /** Where it is now, as `partition:offset`. */
  readonly place: string;
  readonly time: string;
  /** Undefined when a part of it was too large to be put aside, so that nobody has it any more. */
  readonly original: OutgoingRecord | undefined;
}

/** @param topic where it goes back to; without one, where it came from */
export function readDeadLetter(record: IncomingRecord, topic?: string): DeadLetter {
  const { partition, offset, key, value, headers, repeatedHeaders = {}, timestampMs } = record;
  const story = (name: string): string | undefined => headers[STORY + name]?.toString();
  const isWhole = !Object.keys(headers).some((name) => /^dlq-\w+-omitted-bytes$/.test(name));
  const origin = topic ?? story('original-topic');
  const own = Object.entries({ ...headers, ...repeatedHeaders }).filter(([name]) => !name.startsWith(STORY));
  return {
    reason: story('reason') ?? 'UNKNOWN',
    message: story('message') ?? '',
    place: `${partition}:${offset}`,
    time: story('time') ?? new Date(timestampMs).toISOString(),
    original:
      isWhole && origin !== undefined
        ? { topic: origin, key, value, headers: Object.fromEntries(own) }
        : undefined,
  };
}
