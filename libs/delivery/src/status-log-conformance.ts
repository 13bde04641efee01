import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceRunner } from './conformance-runner.ts';
import { positionBefore, timeOf } from './status-log.ts';
import type { LogEntry, LogPage, LogPosition, StatusLog, WatchedStatus } from './status-log.ts';

/**
 * What every status log guarantees, whatever keeps it. `makeLog` is asked for one in each test, which keeps at least
 * `maxEntries` of an account and forgets others before there are ten times as many. Each test takes a new account.
 */
export function statusLogConformance(
  runner: ConformanceRunner,
  name: string,
  makeLog: (options: { readonly maxEntries: number }) => StatusLog,
): void {
  const { describe, it } = runner;
  const newLog = () => makeLog({ maxEntries: 10_000 });

  describe(`${name} as a status log`, () => {
    it('is empty before anything is told', async () => {
      const [log, account] = [newLog(), randomUUID()];
      assert.equal((await log.end(account)).position, START);
      assert.deepEqual(await pageBehind(log, account, START), { entries: [], gap: false });
      await log.append(account, []);
      assert.equal((await log.end(account)).position, START);
    });

    it('gives back what was appended, in order and unchanged', async () => {
      const [log, account] = [newLog(), randomUUID()];
      const error = { code: '131026', title: 'No', details: '…', retryable: false, advice: 'Stop.' };
      const appended = [
        statusOf(account, 1, { messageId: 'a', metadata: { order: '17', '': 'ü' }, wamid: 'wamid.A' }),
        statusOf(account, 2, { status: 'failed', error, phoneNumber: '+14155550100' }),
        statusOf(account, 3, { key: '', wamid: 'wamid.B' }),
      ];
      await log.append(account, appended.slice(0, 2));
      await log.append(account, appended.slice(2));
      assert.deepEqual(statusesOf((await log.read(account, START, 10)).entries), appended);
    });

    it('gives each entry a position of its own, and reads on behind any of them', async () => {
      const [log, account] = [newLog(), randomUUID()];
      await log.append(account, manyStatuses(account, 7));
      await log.append(account, manyStatuses(account, 3));
      const { entries } = await log.read(account, START, 100);
      assert.equal(new Set(entries.map(({ position }) => position)).size, 10);
      for (const [index, { position }] of entries.entries()) {
        const expected = { entries: entries.slice(index + 1), gap: false };
        assert.deepEqual(await pageBehind(log, account, position), expected);
      }
      assert.equal((await log.end(account)).position, entries.at(-1)?.position);
    });

    it('fills each page up to the limit while there is more', async () => {
      const [log, account] = [newLog(), randomUUID()];
      const appended = manyStatuses(account, 1_000);
      await log.append(account, appended);
      const pages = await readAll(log, account, START, 300);
      assert.deepEqual(
        pages.map(({ length }) => length),
        [300, 300, 300, 100],
      );
      assert.deepEqual(statusesOf(pages.flat()), appended);
    });

    it('has nothing behind its end until something is told', async () => {
      const [log, account] = [newLog(), randomUUID()];
      await log.append(account, manyStatuses(account, 3));
      const { position: end } = await log.end(account);
      assert.deepEqual(await pageBehind(log, account, end), { entries: [], gap: false });
      const next = statusOf(account, 99);
      await log.append(account, [next]);
      const { entries, gap } = await log.read(account, end, 10);
      assert.deepEqual(statusesOf(entries), [next]);
      assert.equal(gap, false);
    });

    it('keeps the order of each who appends at the same time, and loses none', async () => {
      const [log, account] = [newLog(), randomUUID()];
      const writers = Array.from({ length: 10 }, (_, writer) =>
        manyStatuses(account, 20, { messageId: `writer-${writer}` }),
      );
      await Promise.all(
        writers.map(async (statuses) => {
          for (const status of statuses) await log.append(account, [status]);
        }),
      );
      const entries = statusesOf((await log.read(account, START, 1_000)).entries);
      const byWriter = Map.groupBy(entries, ({ messageId }) => messageId);
      assert.equal(entries.length, 200);
      assert.deepEqual([...byWriter.values()].toSorted(byFirstWriter), writers.toSorted(byFirstWriter));
    });

    it('finds everything that was told at a moment or later, and nothing that was told before', async () => {
      const [log, account] = [newLog(), randomUUID()];
      await log.append(account, manyStatuses(account, 5));
      const { entries } = await log.read(account, START, 10);
      const [first] = entries;
      assert.ok(first);
      const toldMs = Number.parseInt(first.position, 10);
      const from = async (timeMs: number) => (await log.read(account, positionBefore(timeMs), 10)).entries;
      assert.deepEqual(await from(toldMs), entries, 'also what was told in that very millisecond');
      assert.deepEqual(await from(toldMs + 3_600_000), []);
    });

    it('tells with its end and with each page a moment before which nothing is logged any more', async () => {
      const [log, account] = [newLog(), randomUUID()];
      const begin = await log.end(account);
      await log.append(account, manyStatuses(account, 3));
      const page = await log.read(account, START, 100);
      const [first, last] = [page.entries[0], page.entries.at(-1)];
      assert.ok(first && last);
      assert.ok(timeOf(first.position) >= begin.timeMs);
      assert.ok(page.timeMs >= timeOf(last.position));
      const end = await log.end(account);
      await log.append(account, manyStatuses(account, 1));
      const [next] = (await log.read(account, last.position, 100)).entries;
      assert.ok(next && timeOf(next.position) >= end.timeMs && end.timeMs >= page.timeMs);
      await untilLater(async () => (await log.read(account, next.position, 100)).timeMs, end.timeMs);
    });

    it('keeps the log of each account apart', async () => {
      const [log, account, other] = [newLog(), randomUUID(), randomUUID()];
      await log.append(account, manyStatuses(account, 2));
      assert.equal((await log.end(other)).position, START);
      assert.deepEqual((await log.read(other, START, 10)).entries, []);
    });

    it('forgets the oldest first, and says so to who reads on behind what is gone', async () => {
      const [maxEntries, account] = [100, randomUUID()];
      const log = makeLog({ maxEntries });
      const appended = manyStatuses(account, 10 * maxEntries);
      await log.append(account, appended.slice(0, 1));
      const { position: begin } = await log.end(account);
      for (let from = 1; from < appended.length; from += 50) {
        await log.append(account, appended.slice(from, from + 50));
      }
      const { entries, gap } = await log.read(account, begin, 10 * maxEntries);
      assert.equal(gap, true);
      assert.ok(entries.length >= maxEntries, 'it keeps what it promised');
      assert.ok(entries.length < appended.length - 1);
      assert.deepEqual(statusesOf(entries), appended.slice(-entries.length), 'the newest, without a hole');
      const [first] = entries;
      assert.ok(first);
      assert.equal((await log.read(account, first.position, 10)).gap, false, 'behind what is still there');
      const { position: end } = await log.end(account);
      assert.equal((await log.read(account, end, 10)).gap, false);
    });
  });
}

const START: LogPosition = '0-0';

function statusOf(account: string, count: number, overrides: Partial<WatchedStatus> = {}): WatchedStatus {
  const time = new Date(Date.UTC(2030, 0, 1) + count).toISOString();
  return { account, key: `key-${count}`, status: 'sent', time, receivedTime: time, ...overrides };
}

function manyStatuses(
  account: string,
  count: number,
  overrides: Partial<WatchedStatus> = {},
): WatchedStatus[] {
  return Array.from({ length: count }, (_, index) => statusOf(account, index, overrides));
}

function statusesOf(entries: readonly LogEntry[]): WatchedStatus[] {
  return entries.map(({ status }) => status);
}

function byFirstWriter([a]: readonly WatchedStatus[], [b]: readonly WatchedStatus[]): number {
  return (a?.messageId ?? '').localeCompare(b?.messageId ?? '');
}

async function pageBehind(
  log: StatusLog,
  account: string,
  after: LogPosition,
): Promise<Pick<LogPage, 'entries' | 'gap'>> {
  const { entries, gap } = await log.read(account, after, 100);
  return { entries, gap };
}

/** A moment moves on though nothing is logged. */
async function untilLater(ask: () => Promise<number>, timeMs: number): Promise<void> {
  const deadlineMs = performance.now() + 5_000;
  while ((await ask()) <= timeMs) {
    assert.ok(performance.now() < deadlineMs, 'time stands still');
    await sleep(1);
  }
}

/** Pages until one is not full; the last may be empty. */
async function readAll(
  log: StatusLog,
  account: string,
  after: LogPosition,
  limit: number,
): Promise<(readonly LogEntry[])[]> {
  const pages: (readonly LogEntry[])[] = [];
  let position = after;
  for (;;) {
    const { entries } = await log.read(account, position, limit);
    pages.push(entries);
    position = entries.at(-1)?.position ?? position;
    if (entries.length < limit) return pages;
  }
}
