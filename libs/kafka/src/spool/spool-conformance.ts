import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutgoingRecord } from '../bus.ts';
import type { ConformanceRunner } from '../conformance-runner.ts';
import type { Spool, SpoolEntry } from './spool.ts';

export interface SpoolConformanceOptions {
  /** An empty spool of its own for each test; the suite closes nothing. */
  readonly makeSpool: (options: { readonly maxRecords: number }) => Spool | Promise<Spool>;
}

/** What every spool guarantees, wherever it keeps the records. */
export function spoolConformance(
  { describe, it }: Pick<ConformanceRunner, 'describe' | 'it'>,
  name: string,
  { makeSpool }: SpoolConformanceOptions,
): void {
  const check = (guarantee: string, test: (spool: Spool) => Promise<void>, maxRecords = 10_000): void =>
    it(guarantee, async () => test(await makeSpool({ maxRecords })), TEST_TIMEOUT_MS);

  describe(`${name} as a spool: appending`, () => {
    check(
      'gives back what it keeps in the order of appending, each under an id of its own',
      async (spool) => {
        const ids = [...(await keep(spool, ['1', '2'])), ...(await keep(spool, ['3']))];
        const entries = await takeAs(spool, 'a');
        assert.deepEqual(valuesOf(entries), ['1', '2', '3']);
        assert.deepEqual(idsOf(entries), ids);
        assert.equal(new Set(ids).size, 3);
        assert.equal(await spool.length(), 3);
      },
    );

    check('keeps bytes, headers, missing keys and tombstones as they are', async (spool) => {
      const bytes = Buffer.from([0, 255, 195, 40, 10, 13, 0]);
      const records: OutgoingRecord[] = [
        { topic: 't', key: bytes, value: bytes, headers: { raw: bytes, text: 'é', empty: '' } },
        { topic: 'u.v-1', key: null, value: 'no key' },
        { topic: 't', key: 'gone', value: null },
        { topic: 't', key: '', value: '', headers: {} },
        { topic: 't', key: 'k', value: 'v', headers: { twice: [Buffer.from('1'), bytes], none: [] } },
        { topic: 't', key: 'k', value: 'v', headers: { ['__proto__']: 'x', constructor: 'y' } },
        { topic: 't', key: 'k', value: Buffer.alloc(900_000, 7) },
      ];
      await spool.append(records);
      const entries = await takeAs(spool, 'a');
      assert.deepEqual(
        entries.map(({ record }) => onTheWire(record)),
        records.map(onTheWire),
      );
    });

    check('keeps each append as one row, however many append at the same time', async (spool) => {
      const rows = Array.from({ length: 20 }, (_, row) => ['a', 'b', 'c'].map((part) => `${row}${part}`));
      await Promise.all(rows.map((row) => keep(spool, row)));
      const values = valuesOf(await takeAs(spool, 'a'));
      assert.equal(values.length, 60);
      for (const row of rows) {
        const start = values.indexOf(row[0] ?? '');
        assert.deepEqual(values.slice(start, start + 3), row);
      }
    });

    check('keeps behind only when something waits', async (spool) => {
      assert.equal(await spool.appendBehind(records('1')), 'nothing-waits');
      assert.equal(await spool.length(), 0);
      const ids = await keep(spool, ['2']);
      assert.equal(await spool.appendBehind(records('3', '4')), 'kept');
      assert.deepEqual(valuesOf(await takeAs(spool, 'a')), ['2', '3', '4']);
      await spool.remove(ids);
      assert.equal(await spool.appendBehind(records('5')), 'kept');
      await spool.remove(idsOf(await takeAs(spool, 'a')));
      assert.equal(await spool.appendBehind(records('6')), 'nothing-waits');
    });

    check('keeps behind a record in doubt too', async (spool) => {
      await keep(spool, ['1'], LONG_MS);
      assert.equal(await spool.appendBehind(records('2')), 'kept');
    });

    check(
      'keeps all or none when it is full, and takes again when there is room',
      async (spool) => {
        const [first = ''] = await keep(spool, ['1', '2']);
        assert.deepEqual(await spool.append(records('3', '4')), { kind: 'full' });
        assert.equal(await spool.appendBehind(records('3', '4')), 'full');
        assert.equal(await spool.length(), 2);
        await keep(spool, ['3']);
        assert.equal(await spool.appendBehind(records('4')), 'full');
        await spool.remove([first]);
        assert.equal(await spool.appendBehind(records('4')), 'kept');
        assert.deepEqual(valuesOf(await takeAs(spool, 'a')), ['2', '3', '4']);
      },
      3,
    );

    check('holds and gives back thousands in one call', async (spool) => {
      const values = Array.from({ length: 3_000 }, (_, index) => String(index));
      const ids = await keep(spool, values, LONG_MS);
      await spool.doubt(ids, 0);
      const entries = await takeAs(spool, 'a', 3_000);
      assert.deepEqual(valuesOf(entries), values);
      await spool.remove(idsOf(entries));
      assert.equal(await spool.length(), 0);
    });
  });

  describe(`${name} as a spool: taking`, () => {
    check('takes no more than asked for, and the same again until they are removed', async (spool) => {
      await keep(spool, ['1', '2', '3']);
      const first = await takeAs(spool, 'a', 2);
      assert.deepEqual(valuesOf(first), ['1', '2']);
      assert.deepEqual(await takeAs(spool, 'a', 2), first);
      await spool.remove(idsOf(first));
      assert.deepEqual(valuesOf(await takeAs(spool, 'a', 2)), ['3']);
      assert.equal(await spool.length(), 1);
    });

    check('removes from anywhere, without a lease, and passes over what is gone', async (spool) => {
      const [first = '', second = ''] = await keep(spool, ['1', '2', '3']);
      await takeAs(spool, 'a');
      await spool.remove([second]);
      await spool.remove([second, first]);
      await spool.remove([]);
      assert.deepEqual(valuesOf(await takeAs(spool, 'a')), ['3']);
    });

    check('lets one holder take at a time, until it releases', async (spool) => {
      await keep(spool, ['1']);
      await takeAs(spool, 'a');
      assert.deepEqual(await take(spool, 'b'), { kind: 'leased' });
      await spool.release('b');
      assert.deepEqual(await take(spool, 'b'), { kind: 'leased' });
      await spool.release('a');
      assert.deepEqual(valuesOf(await takeAs(spool, 'b')), ['1']);
      assert.deepEqual(await take(spool, 'a'), { kind: 'leased' });
    });

    check('leases to one of those who take at the same time, even when nothing waits', async (spool) => {
      const heads = await Promise.all(['a', 'b', 'c'].map((holder) => take(spool, holder)));
      assert.deepEqual(heads.map(({ kind }) => kind).toSorted(), ['entries', 'leased', 'leased']);
    });

    check('ends a lease that is not renewed', async (spool) => {
      await keep(spool, ['1']);
      await spool.take({ holder: 'a', leaseMs: SHORT_MS, maxRecords: 1 });
      await until(async () => (await take(spool, 'b')).kind === 'entries', 'the lease has ended');
    });

    check('renews the lease of a holder that takes again', async (spool) => {
      await keep(spool, ['1']);
      await spool.take({ holder: 'a', leaseMs: SHORT_MS, maxRecords: 1 });
      await spool.take({ holder: 'a', leaseMs: LONG_MS, maxRecords: 1 });
      await sleep(2 * SHORT_MS);
      assert.deepEqual(await take(spool, 'b'), { kind: 'leased' });
    });
  });

  describe(`${name} as a spool: doubt`, () => {
    check('shows neither a record in doubt nor anything behind it', async (spool) => {
      await keep(spool, ['1']);
      const ids = await keep(spool, ['2', '3'], LONG_MS);
      await keep(spool, ['4']);
      assert.deepEqual(await headAs(spool, 'a', 10), { values: ['1'], inDoubt: true });
      assert.deepEqual(await headAs(spool, 'a', 1), { values: ['1'], inDoubt: false });
      await spool.doubt(ids.slice(0, 1), 0);
      assert.deepEqual(await headAs(spool, 'a', 10), { values: ['1', '2'], inDoubt: true });
      await spool.doubt(ids, 0);
      assert.deepEqual(await headAs(spool, 'a', 10), { values: ['1', '2', '3', '4'], inDoubt: false });
      assert.equal(await spool.length(), 4);
    });

    check('shows what waits behind a record in doubt that is removed', async (spool) => {
      const ids = await keep(spool, ['1', '2'], LONG_MS);
      await keep(spool, ['3']);
      assert.deepEqual(await headAs(spool, 'a', 10), { values: [], inDoubt: true });
      await spool.remove(ids);
      assert.deepEqual(await headAs(spool, 'a', 10), { values: ['3'], inDoubt: false });
    });

    check('ends a doubt that is not renewed', async (spool) => {
      await keep(spool, ['1'], SHORT_MS);
      await until(async () => (await takeAs(spool, 'a')).length === 1, 'the doubt has ended');
    });

    check('prolongs a doubt that is renewed', async (spool) => {
      const ids = await keep(spool, ['1'], SHORT_MS);
      await spool.doubt(ids, LONG_MS);
      await sleep(2 * SHORT_MS);
      assert.deepEqual(await headAs(spool, 'a', 10), { values: [], inDoubt: true });
    });

    check('puts records in doubt that were taken', async (spool) => {
      await keep(spool, ['1', '2']);
      const [, second] = await takeAs(spool, 'a');
      assert.ok(second);
      await spool.doubt([second.id], LONG_MS);
      assert.deepEqual(await headAs(spool, 'a', 10), { values: ['1'], inDoubt: true });
    });

    check('brings nothing back by a doubt about what is gone', async (spool) => {
      const ids = await keep(spool, ['1']);
      await spool.remove(ids);
      await spool.doubt(ids, LONG_MS);
      await spool.doubt([], LONG_MS);
      assert.equal(await spool.length(), 0);
      assert.equal(await spool.appendBehind(records('2')), 'nothing-waits');
      assert.deepEqual(await headAs(spool, 'a', 10), { values: [], inDoubt: false });
    });
  });
}

const TEST_TIMEOUT_MS = 20_000;
/** Until after the test. */
const LONG_MS = 60_000;
const SHORT_MS = 50;

function records(...values: readonly string[]): OutgoingRecord[] {
  return values.map((value) => ({ topic: 't', key: 'k', value }));
}

async function keep(spool: Spool, values: readonly string[], doubtMs?: number): Promise<readonly string[]> {
  const kept = await spool.append(records(...values), doubtMs === undefined ? undefined : { doubtMs });
  assert.ok(kept.kind === 'kept');
  assert.equal(kept.ids.length, values.length);
  return kept.ids;
}

function take(spool: Spool, holder: string, maxRecords = 100): ReturnType<Spool['take']> {
  return spool.take({ holder, leaseMs: LONG_MS, maxRecords });
}

async function takeAs(spool: Spool, holder: string, maxRecords?: number): Promise<readonly SpoolEntry[]> {
  const head = await take(spool, holder, maxRecords);
  assert.ok(head.kind === 'entries');
  return head.entries;
}

async function headAs(
  spool: Spool,
  holder: string,
  maxRecords: number,
): Promise<{ readonly values: readonly string[]; readonly inDoubt: boolean }> {
  const head = await take(spool, holder, maxRecords);
  assert.ok(head.kind === 'entries');
  return { values: valuesOf(head.entries), inDoubt: head.inDoubt };
}

function idsOf(entries: readonly SpoolEntry[]): string[] {
  return entries.map(({ id }) => id);
}

function valuesOf(entries: readonly SpoolEntry[]): string[] {
  return entries.map(({ record }) => String(record.value));
}

/** What Kafka makes of a record: bytes, and headers as a list of pairs. */
function onTheWire({ topic, key, value, headers = {} }: OutgoingRecord): unknown {
  const pairs = Object.entries(headers).flatMap(([name, content]) => {
    const values = Array.isArray(content) ? (content as readonly Buffer[]) : [content as string | Buffer];
    return values.map((each) => [name, Buffer.from(each as string)]);
  });
  return { topic, key: bytesOf(key), value: bytesOf(value), headers: pairs };
}

function bytesOf(content: string | Buffer | null): Buffer | null {
  return content === null ? null : Buffer.from(content as string);
}

async function until(condition: () => Promise<boolean>, what: string, timeoutMs = 10_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(5);
  }
}
