import { describe, expect, it } from '@jest/globals';
import kafkajs, { type Message } from 'kafkajs';
import type { OutgoingRecord } from '../bus.ts';
import { OutgoingBatch } from './outgoing-batch.ts';
import type { MessageRow } from './producer-connection.ts';

describe('An outgoing batch', () => {
  it('asks each leader once, for all of its partitions', async () => {
    const cluster = new FakeCluster();
    const batch = new OutgoingBatch(cluster, records('0a', '1b', '2c', '0d'));
    expect(await attempt(batch)).toBeUndefined();
    expect(cluster.requests).toEqual([['0a', '0d', '2c'], ['1b']]);
    expect(batch).toMatchObject({ unacknowledged: [], isInDoubt: false, refusal: undefined });
  });

  it('tries again only what is not acknowledged, in the same partitions', async () => {
    const cluster = new FakeCluster();
    cluster.answers.push('written', protocolError('NOT_ENOUGH_REPLICAS'));
    const batch = new OutgoingBatch(cluster, records('0a', '1b', '0c'));
    expect(await attempt(batch)).toMatchObject({ code: 'UNAVAILABLE' });
    expect(batch).toMatchObject({ unacknowledged: [1], isInDoubt: true });
    expect(await attempt(batch)).toBeUndefined();
    expect(cluster.requests).toEqual([['0a', '0c'], ['1b'], ['1b']]);
    expect(batch).toMatchObject({ unacknowledged: [], isInDoubt: false });
  });

  it('writes to the other partitions of a leader while one has too few replicas', async () => {
    const cluster = new FakeCluster();
    cluster.understaffed = 2;
    const batch = new OutgoingBatch(cluster, records('0a', '2b', '4c'));
    expect(await attempt(batch)).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await attempt(batch)).toMatchObject({ code: 'UNAVAILABLE' });
    expect(cluster.requests).toEqual([['0a', '2b', '4c'], ['0a'], ['2b'], ['4c']]);
    expect(batch).toMatchObject({ unacknowledged: [1], isInDoubt: true });
    cluster.understaffed = undefined;
    expect(await attempt(batch)).toBeUndefined();
    expect(batch).toMatchObject({ unacknowledged: [], isInDoubt: false });
  });

  it('asks a leader that has failed for nothing more in the same attempt', async () => {
    const cluster = new FakeCluster();
    cluster.answers.push(tooLarge(), lost());
    const batch = new OutgoingBatch(cluster, records('0a', '2b'));
    expect(await attempt(batch)).toMatchObject({ code: 'UNAVAILABLE' });
    expect(cluster.requests).toEqual([['0a', '2b'], ['0a']]);
  });

  it('finds the one record that is too large, and writes the others in order', async () => {
    const cluster = new FakeCluster();
    cluster.refuses = 'bad';
    const batch = new OutgoingBatch(cluster, records('0a', '0b', '0-bad', '0c', '2d'));
    expect(await attempt(batch)).toBeUndefined();
    expect(batch).toMatchObject({ unacknowledged: [2], isInDoubt: false });
    expect(batch.refusal).toMatchObject({ code: 'RECORD_TOO_LARGE' });
    expect(cluster.written).toEqual(['0a', '0b', '0c', '2d']);
  });

  it('writes what is too large only together', async () => {
    const cluster = new FakeCluster();
    cluster.answers.push(tooLarge());
    const batch = new OutgoingBatch(cluster, records('0a', '0b', '0c'));
    expect(await attempt(batch)).toBeUndefined();
    expect(batch).toMatchObject({ unacknowledged: [], refusal: undefined });
    expect(cluster.requests).toEqual([['0a', '0b', '0c'], ['0a', '0b'], ['0c']]);
  });

  it('is in doubt about all partitions of a request that is refused, until each is tried alone', async () => {
    const cluster = new FakeCluster();
    cluster.answers.push(protocolError('TOPIC_AUTHORIZATION_FAILED'), lost());
    const batch = new OutgoingBatch(cluster, records('0a', '2b'));
    await attempt(batch);
    expect(batch).toMatchObject({ unacknowledged: [0, 1], isInDoubt: true });
    cluster.answers.push('written', protocolError('TOPIC_AUTHORIZATION_FAILED'));
    expect(await attempt(batch)).toBeUndefined();
    expect(batch).toMatchObject({ unacknowledged: [1], isInDoubt: false });
    expect(batch.refusal).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('does not take a refusal for the end of what was unanswered before', async () => {
    const cluster = new FakeCluster();
    cluster.answers.push(lost(), protocolError('TOPIC_AUTHORIZATION_FAILED'));
    const batch = new OutgoingBatch(cluster, records('0a'));
    await attempt(batch);
    expect(await attempt(batch)).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(batch).toMatchObject({ isInDoubt: true, isLost: false });
    expect(await attempt(batch)).toBeUndefined();
    expect(batch).toMatchObject({ unacknowledged: [], isInDoubt: false });
  });

  it('is lost when the broker disagrees about the numbers of the records', async () => {
    const cluster = new FakeCluster();
    cluster.answers.push(protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER'));
    const batch = new OutgoingBatch(cluster, records('0a'));
    expect(await attempt(batch)).toMatchObject({ code: 'UNAVAILABLE' });
    expect(batch).toMatchObject({ isInDoubt: true, isLost: true });
  });

  it('writes to the topics it finds while another one is missing', async () => {
    const cluster = new FakeCluster();
    cluster.missing.set('gone', protocolError('UNKNOWN_TOPIC_OR_PARTITION'));
    cluster.missing.set('secret', protocolError('TOPIC_AUTHORIZATION_FAILED'));
    const [first, second, third] = records('0a', '0b', '0c') as [
      OutgoingRecord,
      OutgoingRecord,
      OutgoingRecord,
    ];
    const batch = new OutgoingBatch(cluster, [
      { ...first, topic: 'gone' },
      second,
      { ...third, topic: 'secret' },
    ]);
    expect(await attempt(batch)).toMatchObject({ code: 'UNAVAILABLE' });
    expect(batch).toMatchObject({ unacknowledged: [0, 2], isInDoubt: false });
    expect(batch.refusal).toMatchObject({ code: 'UNAUTHORIZED' });
    cluster.missing.clear();
    expect(await attempt(batch)).toBeUndefined();
    expect(batch).toMatchObject({ unacknowledged: [2] });
    expect(cluster.written).toEqual(['0b', '0a']);
  });
});

/** The first character of a value is its partition; even ones have one leader, odd ones another. */
class FakeCluster {
  /** For the next requests, one after the other; what comes after them is written. */
  readonly answers: ('written' | Error)[] = [];
  readonly missing = new Map<string, Error>();
  readonly requests: string[][] = [];
  readonly written: string[] = [];
  /** Records that hold it are too large. */
  refuses: string | undefined;
  /** This partition has too few replicas to acknowledge. */
  understaffed: number | undefined;

  place(topic: string, messages: readonly Message[]): Promise<readonly number[]> {
    const missing = this.missing.get(topic);
    if (missing) return Promise.reject(missing);
    return Promise.resolve(messages.map(({ value }) => Number(String(value)[0])));
  }

  leaderOf({ partition }: { readonly partition: number }): number {
    return partition % 2;
  }

  produce(rows: readonly MessageRow[]): Promise<void> {
    const values = rows.flatMap(({ messages }) => messages.map(({ value }) => String(value)));
    this.requests.push(values);
    if (rows.some(({ partition }) => partition === this.understaffed))
      return Promise.reject(protocolError('NOT_ENOUGH_REPLICAS'));
    const { refuses } = this;
    const isRefused = refuses !== undefined && values.some((value) => value.includes(refuses));
    const answer = isRefused ? tooLarge() : (this.answers.shift() ?? 'written');
    if (answer !== 'written') return Promise.reject(answer);
    this.written.push(...values);
    return Promise.resolve();
  }
}

async function attempt(batch: OutgoingBatch): ReturnType<OutgoingBatch['produce']> {
  const unplaced = await batch.place();
  return (await batch.produce()) ?? unplaced;
}

function records(...values: readonly string[]): OutgoingRecord[] {
  return values.map((value) => ({ topic: 't', key: 'k', value }));
}

function lost(): Error {
  return new kafkajs.KafkaJSConnectionError('lost');
}

function tooLarge(): Error {
  return protocolError('MESSAGE_TOO_LARGE');
}

function protocolError(type: string): Error {
  return new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error(type), { type, code: 1, retriable: false }),
  );
}
