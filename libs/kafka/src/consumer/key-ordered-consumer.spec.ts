import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { BusError } from '../bus-error.ts';
import type {
  Bus,
  BusConsumer,
  ConsumerListener,
  IncomingRecord,
  OutgoingRecord,
  PartitionOffset,
  RecordBatch,
  TopicPartition,
} from '../bus.ts';
import type { ConsumerEvent } from './consumer-event.ts';
import { KeyOrderedConsumer } from './key-ordered-consumer.ts';
import type { KeyOrderedConsumerOptions, RecordVerdict } from './key-ordered-consumer.ts';

const DONE: RecordVerdict = { kind: 'done' };
const ABANDONED: RecordVerdict = { kind: 'abandoned' };

describe('KeyOrderedConsumer', () => {
  let consumer: KeyOrderedConsumer | undefined;
  let work: Work;
  afterEach(() => {
    work.endAll();
    return consumer?.close({ graceMs: 0 });
  });

  function start(bus: ScriptedBus, options: Partial<KeyOrderedConsumerOptions> = {}): void {
    work = new Work();
    consumer = new KeyOrderedConsumer({
      bus,
      groupId: 'g',
      topics: ['t'],
      deadLetterTopic: 't.dlq',
      handler: (record, { signal }) => work.begin(record, signal),
      // Commits come from the rebalances and closings of the tests.
      commitIntervalMs: 1_000_000,
      onEvent: (event) => work.events.push(event),
      ...options,
    });
    consumer.start();
  }

  it('commits on the way into a rebalance, up to the oldest unsettled record', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b', 'c', 'd']);
    await work.settle(0, 1);
    await work.settle(0, 0);
    await work.settle(0, 3);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.get(0)).toBe(2n);
  });

  it('commits nothing for a partition that went to another member, however late the work ends', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0, 1]);
    bus.deliver(0, ['a']);
    bus.assign([1]);
    expect(work.signalOf(0, 0).aborted).toBe(true);
    await work.settle(0, 0);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.size).toBe(0);
  });

  it('does not begin what was waiting when its partition was lost', async () => {
    const bus = new ScriptedBus();
    start(bus, { maxInFlight: 1 });
    bus.assign([0]);
    bus.deliver(0, ['a', 'b']);
    bus.assign([]);
    await work.settle(0, 0);
    expect(work.begun).toEqual(['0/0']);
    expect(consumer?.state().waiting).toBe(0);
  });

  it('passes over the replay of a kept partition: in flight or settled, nothing runs twice', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b', 'c']);
    await work.settle(0, 1);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b', 'c', 'd']);
    expect(work.begun).toEqual(['0/0', '0/1', '0/2', '0/3']);
    expect(work.signalOf(0, 0).aborted).toBe(false);
  });

  it('passes over a replay also when it commits more between the assignment and that', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b', 'c']);
    bus.assign([0]);
    for (const offset of [0, 1, 2]) await work.settle(0, offset);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.get(0)).toBe(3n);
    bus.deliver(0, ['a', 'b', 'c']);
    expect(work.begun).toEqual(['0/0', '0/1', '0/2']);
    expect(work.events.map(({ type }) => type)).not.toContain('log-reset');
  });

  it('starts over what it had when the group had expelled it, behind the work that still runs', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a']);
    bus.assign([0], 'another-member-id');
    bus.deliver(0, ['a']);
    expect(work.begun).toEqual(['0/0']);
    await work.settle(0, 0);
    expect(work.begun).toEqual(['0/0', '0/0']);
    await work.settle(0, 0);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.get(0)).toBe(1n);
  });

  it('reads a log that was made anew from its beginning', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b']);
    await work.settle(0, 0);
    await work.settle(0, 1);
    bus.listener.rebalancing();
    await turn();
    bus.deliver(0, ['x']);
    expect(work.begun).toEqual(['0/0', '0/1', '0/0']);
    expect(work.events.map(({ type }) => type)).toContain('log-reset');
  });

  it('passes over a batch that comes twice while older records are in flight', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b', 'c', 'd', 'e']);
    const again = { from: 5n, endOffset: 10n };
    bus.deliver(0, ['f', 'g', 'h', 'i', 'j'], again);
    bus.deliver(0, ['f', 'g', 'h', 'i', 'j'], again);
    for (const offset of [5, 6, 7, 8, 9]) await work.settle(0, offset);
    bus.listener.rebalancing();
    await turn();
    expect(work.events).toEqual([]);
    expect(work.begun).toHaveLength(10);
    expect(work.signalOf(0, 0).aborted).toBe(false);
    expect(bus.committed.size).toBe(0);
  });

  it('passes over a batch that comes again so late that the log has grown since', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b'], { endOffset: 2n });
    bus.deliver(0, ['c', 'd'], { from: 2n, endOffset: 4n });
    bus.deliver(0, ['e', 'f'], { from: 4n, endOffset: 6n });
    bus.deliver(0, ['c', 'd'], { from: 2n, endOffset: 4n });
    await turn();
    expect(work.events).toEqual([]);
    expect(consumer?.state().lag).toBe(6n);
    expect(work.signalOf(0, 0).aborted).toBe(false);
  });

  it('begins a kept partition anew when another member has committed more of it meanwhile', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b', 'c']);
    await work.settle(0, 0);
    bus.committed.set(0, 7n);
    bus.assign([0]);
    bus.deliver(0, ['h'], { from: 7n });
    expect(work.signalOf(0, 1).aborted).toBe(true);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.get(0)).toBe(7n);
    await work.settle(0, 7);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.get(0)).toBe(8n);
    expect(work.events.map(({ type }) => type)).toContain('partition-taken-over');
  });

  it('keeps what it has when the replay of a kept partition begins before a gap in the log', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b']);
    await work.settle(0, 0);
    bus.listener.rebalancing();
    await turn();
    bus.assign([0]);
    const compacted = { topic: 't', partition: 0, fetchOffset: 1n, nextOffset: 10n, endOffset: 10n };
    bus.listener.received({ ...compacted, records: [record(0, 9n, 'j')] });
    expect(work.signalOf(0, 1).aborted).toBe(false);
    expect(work.begun).toEqual(['0/0', '0/1', '0/9']);
  });

  it('begins an abandoned record again in its place, and settles it once it is done', async () => {
    const bus = new ScriptedBus();
    start(bus, { abandonedBackoff: { firstMs: 1, maxMs: 1 } });
    bus.assign([0]);
    bus.deliver(0, ['a', 'a']);
    await work.settle(0, 0, ABANDONED);
    await until(() => work.begun.length === 2);
    await work.settle(0, 0, ABANDONED);
    await until(() => work.begun.length === 3);
    await work.settle(0, 0);
    expect(work.begun).toEqual(['0/0', '0/0', '0/0', '0/1']);
    await work.settle(0, 1);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.get(0)).toBe(2n);
  });

  it('begins no abandoned record again once its partition is lost', async () => {
    const bus = new ScriptedBus();
    start(bus, { abandonedBackoff: { firstMs: 1_000_000, maxMs: 1_000_000 } });
    bus.assign([0]);
    bus.deliver(0, ['a']);
    await work.settle(0, 0, ABANDONED);
    bus.assign([]);
    await until(() => consumer?.state().inFlight === 0);
    expect(work.begun).toEqual(['0/0']);
  });

  it('waits for no abandoned record when it closes', async () => {
    const bus = new ScriptedBus();
    start(bus, { abandonedBackoff: { firstMs: 1_000_000, maxMs: 1_000_000 } });
    bus.assign([0]);
    bus.deliver(0, ['a']);
    await work.settle(0, 0, ABANDONED);
    await consumer?.close({ graceMs: 1_000_000 });
    expect(work.begun).toEqual(['0/0']);
    expect(bus.committed.size).toBe(0);
  });

  it('pauses a partition by the bytes that it holds, long before their number matters', async () => {
    const bus = new ScriptedBus();
    start(bus, { highWaterBytes: 8 * 1024 });
    bus.assign([0]);
    const value = Buffer.alloc(1024);
    bus.deliver(0, ['a', 'b', 'c', 'd', 'e', 'f', 'g'], { value });
    expect([...bus.paused]).toEqual([]);
    bus.deliver(0, ['h', 'i'], { from: 7n, value });
    expect([...bus.paused]).toEqual([0]);
    for (const offset of [0, 1, 2, 3, 4, 5]) await work.settle(0, offset);
    expect([...bus.paused]).toEqual([]);
  });

  it('reads on when a log was made anew while its partition was paused', () => {
    const bus = new ScriptedBus();
    start(bus, { highWaterRecords: 2 });
    bus.assign([0]);
    bus.deliver(0, ['a', 'b']);
    expect([...bus.paused]).toEqual([0]);
    bus.deliver(0, ['x']);
    expect([...bus.paused]).toEqual([]);
  });

  it('pauses a partition that a stuck record would make replay too much, until it settles', async () => {
    const bus = new ScriptedBus();
    start(bus, { maxReplayRecords: 5 });
    bus.assign([0]);
    bus.deliver(0, ['a', 'b', 'c', 'd', 'e']);
    expect([...bus.paused]).toEqual([0]);
    for (const offset of [1, 2, 3, 4]) await work.settle(0, offset);
    expect([...bus.paused]).toEqual([0]);
    await work.settle(0, 0);
    expect([...bus.paused]).toEqual([]);
  });

  it('keeps a dead letter waiting while the broker is away, and settles it when it is acknowledged', async () => {
    const bus = new ScriptedBus();
    const failures = [new BusError('UNAVAILABLE', 'away'), new BusError('TIMEOUT', 'slow')];
    const sent: OutgoingRecord[] = [];
    bus.send = (records): Promise<void> => {
      const failure = failures.shift();
      if (failure) return Promise.reject(failure);
      sent.push(...records);
      return Promise.resolve();
    };
    start(bus, { deadLetterBackoff: { firstMs: 1, maxMs: 1 } });
    bus.assign([0]);
    bus.deliver(0, ['a']);
    await work.settle(0, 0, { kind: 'dead-letter', reason: 'BAD', message: 'no good' });
    await until(() => sent.length === 1);
    await until(() => consumer?.state().inFlight === 0);
    expect(work.events.map(({ type }) => type)).toEqual([
      'dead-letter-failed',
      'dead-letter-failed',
      'dead-lettered',
    ]);
    bus.listener.rebalancing();
    await turn();
    expect(bus.committed.get(0)).toBe(1n);
  });

  it('abandons a record whose handler rejects after its signal: no dead letter, no commit', async () => {
    const bus = new ScriptedBus();
    const send = jest.fn(() => Promise.resolve());
    bus.send = send;
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a']);
    const closed = consumer?.close({ graceMs: 0 });
    await until(() => work.signalOf(0, 0).aborted);
    work.fail(0, 0, new Error('aborted'));
    await closed;
    expect(send).not.toHaveBeenCalled();
    expect(work.events).toEqual([]);
    expect(bus.committed.size).toBe(0);
    expect(bus.left).toBe(true);
  });

  it('waits for the running handlers when it closes, starts no other, and commits them', async () => {
    const bus = new ScriptedBus();
    start(bus, { maxInFlight: 1 });
    bus.assign([0]);
    bus.deliver(0, ['a', 'b']);
    const closed = consumer?.close({ graceMs: 10_000 });
    await work.settle(0, 0);
    await closed;
    expect(work.begun).toEqual(['0/0']);
    expect(bus.committed.get(0)).toBe(1n);
  });

  it('tells how long the oldest handler has been running, the lag, and for how long it stands still', async () => {
    const bus = new ScriptedBus();
    start(bus);
    bus.assign([0]);
    bus.deliver(0, ['a', 'b']);
    expect(consumer?.state()).toMatchObject({
      partitions: 1,
      inFlight: 2,
      waiting: 0,
      lag: 2n,
      unsettled: 2,
    });
    expect(consumer?.state().oldestInFlightMs).toBeGreaterThanOrEqual(0);
    await until(() => (consumer?.state().standstillMs ?? 0) > 20);
    await work.settle(0, 1);
    expect(consumer?.state().standstillMs).toBeLessThan(20);
    await work.settle(0, 0);
    expect(consumer?.state()).toMatchObject({ lag: 0n, unsettled: 0, standstillMs: 0 });
  });

  it('holds its guarantees under any interleaving of deliveries, settlements and rebalances', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(1_000) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('deliver again' as const), which: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('assign' as const), which: fc.nat(7) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('commit' as const), which: fc.constant(0) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const bus = new ScriptedBus();
        start(bus, { maxInFlight: 5 });
        bus.assign([0, 1]);
        for (const { do: action, which } of steps) {
          if (action === 'settle') await work.settleAny(which);
          else if (action === 'deliver') bus.deliverMore(which);
          else if (action === 'deliver again') bus.deliverAgain(which);
          else if (action === 'commit') bus.listener.rebalancing();
          else bus.assign(which % 2 === 0 ? [0, 1] : [which % 4 === 1 ? 0 : 1], `member-${which >> 2}`);
          await turn();
          for (const [partition, committed] of bus.committed) {
            expect(work.settledBelow(partition, committed)).toBe(true);
          }
        }
        bus.assign([0, 1], 'member-at-last');
        while (work.runningCount > 0 || bus.deliverMore(0) || bus.deliverMore(1)) {
          await work.settleAny(0);
          await turn();
        }
        bus.listener.rebalancing();
        await turn();
        expect(work.overlaps).toBe(0);
        for (const [partition, end] of bus.ends) expect(bus.committed.get(partition) ?? 0n).toBe(end);
        await consumer?.close({ graceMs: 0 });
      }),
      { numRuns: propertyRuns(1_000) },
    );
  }, 60_000);
});

interface Delivery {
  readonly from: bigint;
  readonly endOffset: bigint;
  readonly value: Buffer | null;
}

/** A broker with two partitions of three keys each; delivers from the committed offsets after every assignment. */
class ScriptedBus implements Bus {
  readonly kind = 'memory';
  readonly committed = new Map<number, bigint>();
  readonly paused = new Set<number>();
  readonly ends = new Map([
    [0, 12n],
    [1, 12n],
  ]);
  listener!: ConsumerListener;
  left = false;
  readonly #positions = new Map<number, bigint>();
  readonly #last = new Map<number, RecordBatch>();

  consume(_: unknown, listener: ConsumerListener): BusConsumer {
    this.listener = listener;
    return {
      commit: (offsets: readonly PartitionOffset[]) => {
        for (const { partition, offset } of offsets) this.committed.set(partition, offset);
        return Promise.resolve();
      },
      pause: (partitions) => partitions.forEach(({ partition }) => this.paused.add(partition)),
      resume: (partitions) => partitions.forEach(({ partition }) => this.paused.delete(partition)),
      state: () => ({ connected: true, sinceMs: 0 }),
      close: () => {
        this.left = true;
        return Promise.resolve();
      },
    };
  }

  assign(partitions: readonly number[], memberId = 'member'): void {
    this.#positions.clear();
    this.#last.clear();
    for (const partition of partitions) this.#positions.set(partition, this.committed.get(partition) ?? 0n);
    this.listener.assigned({
      memberId,
      partitions: partitions.map((partition): TopicPartition => ({ topic: 't', partition })),
    });
  }

  /** One record of each key; they are the end of the log unless it is told. */
  deliver(
    partition: number,
    keys: readonly string[],
    { from = 0n, endOffset, value = null }: Partial<Delivery> = {},
  ): void {
    const records = keys.map((key, index) => ({ ...record(partition, from + BigInt(index), key), value }));
    const nextOffset = from + BigInt(keys.length);
    const offsets = { fetchOffset: from, nextOffset, endOffset: endOffset ?? nextOffset };
    this.listener.received({ topic: 't', partition, records, ...offsets });
  }

  /** The last batch once more, as from a broker that was the leader before. */
  deliverAgain(partition: number): void {
    const last = this.#last.get(partition);
    if (last) this.listener.received(last);
  }

  /** The next three records of the log; false when there is nothing to deliver. */
  deliverMore(partition: number): boolean {
    const from = this.#positions.get(partition);
    const end = this.ends.get(partition) ?? 0n;
    if (from === undefined || from >= end || this.paused.has(partition)) return false;
    const records = [from, from + 1n, from + 2n]
      .filter((offset) => offset < end)
      .map((offset) => record(partition, offset, `key-${offset % 3n}`));
    const nextOffset = from + BigInt(records.length);
    this.#positions.set(partition, nextOffset);
    const batch = { topic: 't', partition, records, fetchOffset: from, nextOffset, endOffset: end };
    this.#last.set(partition, batch);
    this.listener.received(batch);
    return true;
  }

  send: Bus['send'] = () => Promise.resolve();
  ensureTopics = (): Promise<void> => Promise.resolve();
  state = (): never => {
    throw new Error('not asked for here');
  };
  close = (): Promise<void> => Promise.resolve();
}

/** The handlers that run, each ended by the test. */
class Work {
  readonly begun: string[] = [];
  readonly events: ConsumerEvent[] = [];
  overlaps = 0;
  readonly #running = new Map<string, Run>();
  readonly #settled = new Set<string>();

  begin(ofRecord: IncomingRecord, signal: AbortSignal): Promise<RecordVerdict> {
    const id = idOf(ofRecord.partition, ofRecord.offset);
    const beside = [...this.#running.values()].some(
      (run) => run.partition === ofRecord.partition && run.key === String(ofRecord.key),
    );
    if (beside) this.overlaps += 1;
    this.begun.push(id);
    const verdict = Promise.withResolvers<RecordVerdict>();
    this.#running.set(id, { partition: ofRecord.partition, key: String(ofRecord.key), signal, verdict });
    return verdict.promise;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  async settle(partition: number, offset: number, verdict = DONE): Promise<void> {
    this.#end(idOf(partition, BigInt(offset))).verdict.resolve(verdict);
    await turn();
  }

  async settleAny(which: number): Promise<void> {
    const ids = [...this.#running.keys()];
    const id = ids[which % ids.length];
    if (id === undefined) return;
    this.#settled.add(id);
    this.#end(id).verdict.resolve(DONE);
    await turn();
  }

  endAll(): void {
    for (const { verdict } of this.#running.values()) verdict.resolve(DONE);
  }

  fail(partition: number, offset: number, error: Error): void {
    this.#end(idOf(partition, BigInt(offset))).verdict.reject(error);
  }

  signalOf(partition: number, offset: number): AbortSignal {
    return this.#find(idOf(partition, BigInt(offset))).signal;
  }

  settledBelow(partition: number, committed: bigint): boolean {
    for (let offset = 0n; offset < committed; offset += 1n) {
      if (!this.#settled.has(idOf(partition, offset))) return false;
    }
    return true;
  }

  #end(id: string): Run {
    const run = this.#find(id);
    this.#running.delete(id);
    return run;
  }

  #find(id: string): Run {
    const run = this.#running.get(id);
    if (!run) throw new Error(`Record ${id} does not run`);
    return run;
  }
}

interface Run {
  readonly partition: number;
  readonly key: string;
  readonly signal: AbortSignal;
  readonly verdict: PromiseWithResolvers<RecordVerdict>;
}

function record(partition: number, offset: bigint, key: string): IncomingRecord {
  return { topic: 't', partition, offset, key: Buffer.from(key), value: null, headers: {}, timestampMs: 0 };
}

function idOf(partition: number, offset: bigint): string {
  return `${partition}/${offset}`;
}

/** Long enough for every promise that can settle to settle. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error('Waited in vain');
    await turn();
  }
}
