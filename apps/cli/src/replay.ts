import { BusError, createKafkaBus, readTopic } from '@parley/kafka';
import type { OutgoingRecord } from '@parley/kafka';
import { readDeadLetter } from './dead-letter.ts';
import type { DeadLetter } from './dead-letter.ts';
import { kafkaConnection } from './kafka-connection.ts';

export interface ReplayOptions {
  readonly brokers: string;
  readonly dlq: string;
  /** @default where each came from */
  readonly topic?: string;
  /** Only these; all when empty. */
  readonly reason: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
  /** Puts them back; else they are only shown. */
  readonly write: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/**
 * Puts dead letters back where they came from, byte for byte and without the story of their end. The dead letter topic
 * stays as it is. Resolves with the exit code: 0 once all in-sync replicas hold each of them.
 */
export async function replay(options: ReplayOptions, print: (line: string) => void): Promise<number> {
  const { dlq, topic, write, timeout } = options;
  const connection = kafkaConnection(options.brokers);
  const timeoutMs = timeout * 1000;
  const bus = write ? createKafkaBus(connection) : undefined;
  let [replayed, lost] = [0, 0];
  try {
    await readTopic(dlq, connection, {
      patienceMs: timeoutMs,
      onRecords: async (records) => {
        const chosen = records.map((record) => readDeadLetter(record, topic)).filter(isChosen(options));
        const originals = chosen.flatMap(({ original }): OutgoingRecord[] => (original ? [original] : []));
        await bus?.send(originals, { timeoutMs });
        chosen.forEach((letter) => print(describe(letter)));
        replayed += originals.length;
        lost += chosen.length - originals.length;
      },
    });
    print(write ? `${replayed} put back` : `${replayed} to be put back: --write does it`);
    if (lost > 0) print(`${lost} cannot be: a part was too large for the dead letter topic`);
    return 0;
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    print(`${error.code}: ${error.message}`);
    if (replayed > 0)
      print(`  ${replayed} were put back before it; again is no harm: a message id is sent once`);
    print(`  does Kafka answer at ${options.brokers}, and is there a topic ${dlq}?`);
    return 1;
  } finally {
    await bus?.close();
  }
}

function isChosen({ reason, since, until }: ReplayOptions): (letter: DeadLetter) => boolean {
  return (letter) => {
    const time = new Date(letter.time);
    const inTime = !(since && time < since) && !(until && time >= until);
    return inTime && (reason.length === 0 || reason.includes(letter.reason));
  };
}

function describe({ time, place, reason, message, original }: DeadLetter): string {
  return `${time}  ${place}  ${reason}: ${message}${original ? '' : '  (not whole)'}`;
}
