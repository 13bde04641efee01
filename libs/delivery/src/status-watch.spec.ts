import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@parley/testing';
import { InProcessStatusLog } from './in-process-status-log.ts';
import type { LogPosition, WatchedStatus } from './status-log.ts';
import { StatusWatch } from './status-watch.ts';
import type { StatusWatchOptions } from './status-watch.ts';
import type { WatchItem, WatchRequest } from './watcher.ts';

function setUp({
  maxEntries = 10_000,
  logBehindMs = 0,
  ...options
}: Partial<StatusWatchOptions> & { maxEntries?: number; logBehindMs?: number } = {}) {
  const clock = new FakeClock();
  const now = { value: () => clock.now() - logBehindMs };
  const logClock = Object.create(clock, { now }) as FakeClock;
  const kept = new InProcessStatusLog({ clock: logClock, ttlMs: 86_400_000, maxEntries });
  const log = new WatchedLog(kept);
  const watch = new StatusWatch({ log, clock, ...options });
  const append = (account: string, ...keys: string[]) =>
    kept.append(
      account,
      keys.map((key) => statusOf(account, key)),
    );
  const start = (request: Partial<WatchRequest> = {}) => new Reader(watch, request);
  return { clock, log, kept, watch, append, start };
}

function statusOf(account: string, key: string, overrides: Partial<WatchedStatus> = {}): WatchedStatus {
  return { account, key, status: 'sent', time: 'T', receivedTime: 'T', ...overrides };
}

function keysFrom(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
}

/** A log that counts who reads it, and can be away. */
class WatchedLog {
  readonly reads: LogPosition[] = [];
  isAway = false;
  readonly #log: InProcessStatusLog;

  constructor(log: InProcessStatusLog) {
    this.#log = log;
  }

  append = () => Promise.reject(new Error('nobody appends here'));

  read(account: string, after: LogPosition, limit: number) {
    this.reads.push(after);
    return this.isAway ? Promise.reject(new Error('away')) : this.#log.read(account, after, limit);
  }

  end(account: string) {
    return this.isAway ? Promise.reject(new Error('away')) : this.#log.end(account);
  }
}

/** Reads a watch as fast as it can, unless it is paused. */
class Reader {
  readonly keys: string[] = [];
  /** The moments to resume from, each time that nothing had come. */
  readonly quiet: number[] = [];
  ended: (WatchItem & { kind: 'ended'; resumeTimeMs: number }) | undefined;
  isReady = false;
  readonly stop = new AbortController();
  readonly resumeTimeMs: () => number;
  readonly #items: AsyncIterator<WatchItem>;

  constructor(watch: StatusWatch, request: Partial<WatchRequest>) {
    const signal = this.stop.signal;
    const watching = watch.watch({ accounts: ['a'], messageIds: [], statuses: [], signal, ...request });
    if (watching.kind === 'refused') throw new Error(watching.reason);
    void watching.ready.then(() => (this.isReady = true));
    this.resumeTimeMs = watching.resumeTimeMs;
    this.#items = watching.items[Symbol.asyncIterator]();
  }

  /** Takes so many items; all by default. */
  async take(count = Infinity): Promise<void> {
    for (let taken = 0; taken < count; taken += 1) {
      const next = await this.#items.next();
      if (next.done) return;
      if (next.value.kind === 'ended') this.ended = { ...next.value, resumeTimeMs: this.resumeTimeMs() };
      else if (next.value.kind === 'quiet') this.quiet.push(this.resumeTimeMs());
      else this.keys.push(next.value.entry.status.key);
    }
  }

  async leave(): Promise<void> {
    await this.#items.return?.();
  }
}

describe('StatusWatch', () => {
  it('gives what is told from now on, in order, and nothing from before', async () => {
    const { clock, append, start } = setUp();
    await append('a', 'before');
    const reader = start();
    void reader.take();
    await clock.advance(0);
    expect(reader.isReady).toBe(true);
    await append('a', '1', '2');
    await clock.advance(200);
    await append('a', '3');
    await clock.advance(200);
    expect(reader.keys).toEqual(['1', '2', '3']);
    expect(reader.ended).toBeUndefined();
  });

  it('misses nothing that is told once it is ready, also when nothing is taken yet', async () => {
    const { clock, append, start } = setUp();
    const reader = start();
    await clock.advance(0);
    await append('a', '1');
    await clock.advance(1_000);
    await append('a', '2');
    void reader.take();
    await clock.advance(200);
    expect(reader.keys).toEqual(['1', '2']);
  });

  it('polls each log once for all its watchers, and only while there is one', async () => {
    const { clock, log, start } = setUp();
    await clock.advance(1_000);
    expect(log.reads).toHaveLength(0);
    const readers = Array.from({ length: 10 }, () => start());
    for (const reader of readers) void reader.take();
    await clock.advance(0);
    log.reads.length = 0;
    await clock.advance(1_000);
    expect(log.reads).toHaveLength(5);
    for (const reader of readers) reader.stop.abort();
    await clock.advance(1_000);
    expect(log.reads).toHaveLength(5);
  });

  it('gives a watcher the accounts, messages and statuses that he asked for', async () => {
    const { clock, kept, start } = setUp();
    const ofTwo = start({ accounts: ['a', 'b', 'a'] });
    const ofMessage = start({ messageIds: ['m', 'x'] });
    const ofStatus = start({ statuses: ['read', 'failed'] });
    for (const reader of [ofTwo, ofMessage, ofStatus]) void reader.take();
    await clock.advance(0);
    await kept.append('a', [
      statusOf('a', '1', { messageId: 'm' }),
      statusOf('a', '2', { messageId: 'n', status: 'read' }),
      statusOf('a', '3'),
    ]);
    await kept.append('b', [statusOf('b', '4', { messageId: 'm', status: 'read' })]);
    await kept.append('c', [statusOf('c', '5', { messageId: 'm', status: 'read' })]);
    await clock.advance(200);
    expect(ofTwo.keys.toSorted()).toEqual(['1', '2', '3', '4']);
    expect(ofMessage.keys).toEqual(['1']);
    expect(ofStatus.keys).toEqual(['2']);
  });

  describe('from a moment in the past', () => {
    it('gives everything since then, goes on with what is told now, and gives it to nobody else', async () => {
      const { clock, append, start } = setUp();
      const other = start();
      void other.take();
      await clock.advance(0);
      await append('a', ...keysFrom(1, 250));
      await clock.advance(1_000);
      const fromTimeMs = clock.now();
      await append('a', ...keysFrom(251, 700));
      await clock.advance(1_000);
      const reader = start({ fromTimeMs });
      void reader.take();
      await clock.advance(0);
      expect(reader.keys).toEqual(keysFrom(251, 700));
      await append('a', '701');
      await clock.advance(200);
      expect(reader.keys).toEqual(keysFrom(251, 701));
      expect(other.keys).toEqual(keysFrom(1, 701));
    });

    it('reads no further ahead than a page of what is not taken', async () => {
      const { clock, log, append, start } = setUp();
      const fromTimeMs = clock.now();
      await append('a', ...keysFrom(1, 5_000));
      const reader = start({ fromTimeMs });
      await reader.take(1);
      await clock.advance(5_000);
      expect(log.reads).toHaveLength(1);
      await reader.take(300);
      expect(log.reads).toHaveLength(2);
      void reader.take();
      await clock.advance(0);
      expect(reader.keys).toEqual(keysFrom(1, 5_000));
    });

    it('ends with a gap when some of it was forgotten, and tells from when on it is whole', async () => {
      const { clock, append, start } = setUp({ maxEntries: 2 });
      const fromTimeMs = clock.now();
      await append('a', '1', '2');
      await clock.advance(1_000);
      await append('a', '3');
      await clock.advance(1_000);
      await append('a', '4');
      const reader = start({ fromTimeMs });
      await reader.take();
      expect(reader).toMatchObject({ keys: [], ended: { reason: 'gap', resumeTimeMs: fromTimeMs + 1_001 } });
      const again = start({ fromTimeMs: fromTimeMs + 1_001 });
      void again.take();
      await clock.advance(0);
      expect(again).toMatchObject({ keys: ['4'], ended: undefined });
    });

    it('is live at once where there is none, also when others have seen more before the log was emptied', async () => {
      const { clock, log, append, start } = setUp();
      await append('a', '1');
      const other = start();
      void other.take();
      await clock.advance(1_000);
      const [end, read] = [log.end.bind(log), log.read.bind(log)];
      log.end = () => Promise.resolve({ position: '0-0' as const, timeMs: clock.now() });
      log.read = (account, after, limit) =>
        after === '0-0'
          ? Promise.resolve({ entries: [], gap: false, timeMs: clock.now() })
          : read(account, after, limit);
      const reader = start({ accounts: ['a', 'b'], fromTimeMs: 0 });
      void reader.take();
      await clock.advance(0);
      Object.assign(log, { end, read });
      await append('a', '2');
      await append('b', '3');
      await clock.advance(200);
      expect(reader.keys.toSorted()).toEqual(['2', '3']);
      expect(other.keys).toEqual(['2']);
    });

    it('misses nothing that others are given while he is still reading', async () => {
      const { clock, log, append, start } = setUp();
      await append('a', '1');
      const fromTimeMs = clock.now();
      const other = start();
      void other.take();
      await clock.advance(100);
      const read = log.read.bind(log);
      const looked = Promise.withResolvers<void>();
      log.read = async (account, after, limit) => {
        log.read = read;
        const page = await read(account, after, limit);
        looked.resolve();
        await clock.sleep(150);
        return page;
      };
      const reader = start({ fromTimeMs });
      void reader.take();
      await looked.promise;
      await append('a', '2');
      await clock.advance(150);
      expect(other.keys).toEqual(['2']);
      await clock.advance(200);
      expect(reader.keys).toEqual(['1', '2']);
    });

    it('takes a moment that is still to come for now', async () => {
      const { clock, append, start } = setUp();
      const early = start({ fromTimeMs: clock.now() + 3_600_000 });
      const other = start();
      void early.take();
      void other.take();
      await clock.advance(200);
      await append('a', '1');
      await clock.advance(200);
      expect([early.keys, other.keys]).toEqual([['1'], ['1']]);
    });
  });

  describe('a reader who is too slow', () => {
    it('is given what waits for him, told so, and misses nothing when he resumes from there', async () => {
      const { clock, append, start } = setUp({ maxBuffered: 10 });
      const slow = start();
      const fast = start();
      void fast.take();
      await clock.advance(0);
      await append('a', ...keysFrom(1, 10));
      await clock.advance(5_000);
      await append('a', ...keysFrom(11, 15));
      await clock.advance(5_000);
      await slow.take();
      expect(slow.keys).toEqual(keysFrom(1, 10));
      expect(slow.ended?.reason).toBe('too-slow');
      expect(fast.ended).toBeUndefined();
      const again = start({ fromTimeMs: slow.ended?.resumeTimeMs });
      void again.take();
      await clock.advance(0);
      expect(new Set([...slow.keys, ...again.keys])).toEqual(new Set(fast.keys));
      expect(fast.keys).toEqual(keysFrom(1, 15));
    });

    it('is not who asks for little of much', async () => {
      const { clock, kept, start } = setUp({ maxBuffered: 10 });
      const reader = start({ messageIds: ['m'] });
      await clock.advance(0);
      const many = keysFrom(1, 1_000).map((key) => statusOf('a', key));
      await kept.append('a', [...many, statusOf('a', 'last', { messageId: 'm' })]);
      await clock.advance(200);
      await reader.take(1);
      expect(reader).toMatchObject({ keys: ['last'], ended: undefined });
    });

    it('resumes near where he was, although another of his accounts has been silent for long', async () => {
      const { clock, append, start } = setUp({ maxBuffered: 2 });
      await append('silent', 'old');
      await clock.advance(3_600_000);
      const slow = start({ accounts: ['a', 'silent'] });
      await clock.advance(60_000);
      const toldMs = clock.now();
      await append('a', '1', '2', '3');
      await clock.advance(200);
      await slow.take();
      expect(slow.keys).toEqual(['1', '2']);
      expect(slow.ended?.resumeTimeMs).toBeLessThanOrEqual(toldMs);
      expect(slow.ended?.resumeTimeMs).toBeGreaterThan(toldMs - 2_000);
    });
  });

  describe('a reader who breaks off', () => {
    it('misses nothing of any account when he resumes, however far apart they are', async () => {
      const { clock, append, start } = setUp();
      const fromTimeMs = clock.now();
      await append('b', 'b1', 'b2');
      await clock.advance(3_600_000);
      await append('a', 'a1');
      const reader = start({ accounts: ['a', 'b'], fromTimeMs });
      await reader.take(1);
      expect(reader.keys).toEqual(['a1']);
      const again = start({ accounts: ['a', 'b'], fromTimeMs: reader.resumeTimeMs() });
      void again.take();
      await clock.advance(0);
      expect(again.keys.toSorted()).toEqual(['a1', 'b1', 'b2']);
    });

    it('is given again what he had been given last, and what waited, also once the watch had ended', async () => {
      const { clock, append, start } = setUp({ maxBuffered: 3 });
      const reader = start();
      await clock.advance(0);
      for (const key of keysFrom(1, 4)) {
        await append('a', key);
        await clock.advance(1_000);
      }
      await reader.take(2);
      expect(reader.keys).toEqual(['1', '2']);
      const again = start({ fromTimeMs: reader.resumeTimeMs() });
      void again.take();
      await clock.advance(0);
      expect(again.keys).toEqual(['2', '3', '4']);
    });

    it('is told every 30 seconds from when to resume while nothing comes that he asked for', async () => {
      const { clock, append, start } = setUp();
      const startedMs = clock.now();
      const reader = start({ messageIds: ['m'] });
      void reader.take();
      await clock.advance(20_000);
      await append('a', 'another’s');
      await clock.advance(70_000);
      expect(reader.quiet.map((resumeMs) => resumeMs - startedMs)).toEqual([29_800, 59_800, 89_800]);
      expect(reader).toMatchObject({ keys: [], ended: undefined });
    });

    it('resumes by the clock of the log, however far that is from ours', async () => {
      const logBehindMs = 5_000;
      const { clock, append, start } = setUp({ logBehindMs });
      const reader = start();
      await clock.advance(60_000);
      const loggedMs = clock.now() - logBehindMs;
      await append('a', '1');
      expect(reader.resumeTimeMs()).toBeLessThanOrEqual(loggedMs);
      expect(reader.resumeTimeMs()).toBeGreaterThan(loggedMs - 1_000);
    });
  });

  describe('while the log is away', () => {
    it('waits for less than ten seconds, and misses nothing', async () => {
      const { clock, log, append, start } = setUp();
      const reader = start();
      void reader.take();
      await clock.advance(200);
      log.isAway = true;
      const late = start();
      void late.take();
      await append('a', '1');
      await clock.advance(9_000);
      expect(late.isReady).toBe(false);
      log.isAway = false;
      await clock.advance(400);
      expect(reader).toMatchObject({ keys: ['1'], ended: undefined });
      expect(late).toMatchObject({ keys: [], ended: undefined, isReady: true });
    });

    it.each<[string, Partial<WatchRequest>]>([
      ['who was live', {}],
      ['who reads the past', { fromTimeMs: 1 }],
    ])('ends after ten seconds for %s, who misses nothing when he resumes', async (_name, request) => {
      const { clock, log, append, start } = setUp();
      await append('a', '1');
      const reader = start(request);
      if (request.fromTimeMs === undefined) void reader.take();
      await clock.advance(0);
      log.isAway = true;
      if (request.fromTimeMs !== undefined) void reader.take();
      await append('a', '2');
      await clock.advance(9_800);
      expect(reader.ended).toBeUndefined();
      await clock.advance(600);
      expect(reader.ended?.reason).toBe('log-away');
      log.isAway = false;
      const again = start({ fromTimeMs: reader.ended?.resumeTimeMs });
      void again.take();
      await clock.advance(0);
      expect(again.keys).toContain('2');
    });

    it('lets who reads the past resume where he had come to', async () => {
      const { clock, log, append, start } = setUp();
      await clock.advance(60_000);
      const fromTimeMs = clock.now();
      await append('a', ...keysFrom(1, 200));
      await clock.advance(60_000);
      await append('a', '201');
      const [reader, second] = [start({ fromTimeMs }), start({ fromTimeMs })];
      await reader.take(200);
      await clock.advance(0);
      log.isAway = true;
      void reader.take();
      void second.take();
      await clock.advance(10_400);
      expect(reader.ended).toMatchObject({ reason: 'log-away', resumeTimeMs: fromTimeMs });
      expect(second.ended).toMatchObject({ reason: 'log-away', resumeTimeMs: fromTimeMs });
    });

    it('lets who could not read anything resume where he started', async () => {
      const { clock, log, start } = setUp();
      const startedMs = clock.now();
      log.read = () => Promise.reject(new Error('away'));
      const reader = start();
      void reader.take();
      await clock.advance(10_400);
      expect(reader.ended).toEqual({ kind: 'ended', reason: 'log-away', resumeTimeMs: startedMs });
    });

    it('ends for who came meanwhile, too, who resumes from where he wanted to start', async () => {
      const { clock, log, start } = setUp();
      const startedMs = clock.now();
      log.isAway = true;
      const [reader, ofPast] = [start(), start({ fromTimeMs: startedMs - 60_000 })];
      void reader.take();
      void ofPast.take();
      await clock.advance(10_400);
      const ended = { reason: 'log-away', resumeTimeMs: startedMs - 1_000 };
      expect(reader).toMatchObject({ keys: [], ended, isReady: true });
      expect(ofPast.ended?.resumeTimeMs).toBe(startedMs - 60_000);
    });
  });

  it('ends with a gap for who is live when more was forgotten than could be read', async () => {
    const { clock, log, append, start } = setUp({ maxEntries: 5 });
    const reader = start();
    void reader.take();
    await clock.advance(200);
    log.isAway = true;
    await append('a', ...keysFrom(1, 9));
    log.isAway = false;
    await clock.advance(200);
    expect(reader).toMatchObject({ keys: [], ended: { reason: 'gap' } });
  });

  it('takes so many watchers and no more, until one has gone', async () => {
    const { clock, watch, start } = setUp({ maxWatchers: 3 });
    const [first, second, third] = [start(), start(), start()];
    expect(() => start()).toThrow('too-many-watchers');
    first.stop.abort();
    start();
    expect(() => start()).toThrow('too-many-watchers');
    void second.take(1);
    await clock.advance(0);
    await third.take(0);
    expect(watch.watcherCount).toBe(3);
    third.stop.abort();
    expect(watch.watcherCount).toBe(2);
  });

  it('frees the place of a reader who breaks off, and of one who was gone before he began', async () => {
    const { clock, watch, append, start } = setUp();
    const reader = start();
    await clock.advance(0);
    await append('a', '1');
    await clock.advance(200);
    await reader.take(1);
    await reader.leave();
    expect(watch.watcherCount).toBe(0);
    const gone = start({ signal: AbortSignal.abort() });
    expect(watch.watcherCount).toBe(0);
    await gone.take();
    expect(gone).toMatchObject({ keys: [], ended: { reason: 'closed' } });
  });

  it('keeps nothing for a reader whose signal fired', async () => {
    const { clock, append, start } = setUp();
    const reader = start();
    await clock.advance(0);
    await append('a', '1');
    await clock.advance(200);
    reader.stop.abort();
    await reader.take();
    expect(reader).toMatchObject({ keys: [], ended: { reason: 'closed' } });
  });

  it('tells the first reason why it ended', async () => {
    const { clock, watch, append, start } = setUp({ maxBuffered: 1 });
    const slow = start();
    await clock.advance(0);
    await append('a', '1', '2');
    await clock.advance(200);
    watch.close();
    await slow.take();
    expect(slow).toMatchObject({ keys: ['1'], ended: { reason: 'too-slow' } });
  });

  it('gives what waits when it is closed, says so to everybody, and takes nobody more', async () => {
    const { clock, watch, append, start } = setUp();
    const [waiting, reading] = [start(), start()];
    void reading.take();
    await clock.advance(0);
    await append('a', '1');
    await clock.advance(200);
    watch.close();
    await waiting.take();
    expect(waiting).toMatchObject({ keys: ['1'], ended: { reason: 'closed' } });
    await clock.advance(0);
    expect(reading).toMatchObject({ keys: ['1'], ended: { reason: 'closed' } });
    expect(watch.watcherCount).toBe(0);
    expect(() => start()).toThrow('closed');
  });
});
