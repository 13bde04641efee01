import type { OutgoingRecord, Spool, SpoolAppend, SpoolHead } from '@parley/kafka';
import { inScripts } from '../in-scripts.ts';
import { RedisAway } from '../redis-away.ts';
import type { RedisLink } from '../redis-link.ts';
import { readAppendOnlyFile, untilWritten } from './append-only-file.ts';
import { APPEND } from './append-script.ts';
import { DOUBT } from './doubt-script.ts';
import { RELEASE_LEASE } from './release-lease-script.ts';
import { REMOVE } from './remove-script.ts';
import { readRecord, writeRecord } from './stored-record.ts';
import { TAKE } from './take-script.ts';

/** What one answer to {@link RedisSpool.take} holds, unless a single record is larger. */
const MAX_TAKEN_BYTES = 1024 * 1024;

export interface RedisSpoolOptions {
  readonly link: RedisLink;
  /** 1,000,000 when left out. */
  readonly maxRecords?: number;
  /** Those who name the same share one. `spool` when left out. */
  readonly name?: string;
}

/**
 * Records in one stream, shared by all replicas. Rejects with `RedisAway` while Redis is away, and when it refuses, as
 * when the disk of its append-only file is full. While its memory is full, so is the spool: what waits can be taken out.
 *
 * What it kept is in the append-only file of Redis, if it has one, see {@link persistence}: an append may take 2.5 seconds
 * while the disk of Redis is busy. Taking gives fewer records than asked for when they are large.
 */
export class RedisSpool implements Spool {
  readonly #link: RedisLink;
  readonly #maxRecords: number;
  readonly #stream: string;
  readonly #doubts: string;
  readonly #lease: string;

  constructor({ link, maxRecords = 1_000_000, name = 'spool' }: RedisSpoolOptions) {
    this.#link = link;
    this.#maxRecords = maxRecords;
    this.#stream = `{parley}:${name}`;
    this.#doubts = `${this.#stream}:doubts`;
    this.#lease = `${this.#stream}:lease`;
  }

  async appendBehind(records: readonly OutgoingRecord[]): Promise<'kept' | 'nothing-waits' | 'full'> {
    // Asked before everything that is sent: the records cross the network only when they are to stay.
    if ((await this.length()) === 0) return 'nothing-waits';
    const answer = await this.#append(records, { doubtMs: 0, isBehind: true });
    return answer === 'nothing-waits' ? answer : answer.kind;
  }

  async append(
    records: readonly OutgoingRecord[],
    { doubtMs = 0 }: { readonly doubtMs?: number } = {},
  ): Promise<SpoolAppend> {
    const answer = await this.#append(records, { doubtMs, isBehind: false });
    if (answer === 'nothing-waits') throw new Error('Redis answered what it was not asked');
    return answer;
  }

  async doubt(ids: readonly string[], doubtMs: number): Promise<void> {
    await inScripts(ids, async (batch) => {
      await this.#link.evaluate(DOUBT, {
        keys: [this.#doubts],
        args: [doubtMs, ...batch],
        evenWhenFull: true,
      });
      return [];
    });
  }

  async take({ holder, leaseMs, maxRecords }: Parameters<Spool['take']>[0]): Promise<SpoolHead> {
    const answer = await this.#link.evaluateBytes(TAKE, {
      keys: [this.#stream, this.#doubts, this.#lease],
      args: [holder, leaseMs, maxRecords, MAX_TAKEN_BYTES],
      evenWhenFull: true,
    });
    if (answer === null) return { kind: 'leased' };
    const [inDoubt, ...entries] = answer as [number, ...[id: Buffer, fields: readonly Buffer[]][]];
    return {
      kind: 'entries',
      entries: entries.map(([id, fields]) => ({ id: String(id), record: readRecord(fields) })),
      inDoubt: inDoubt === 1,
    };
  }

  async remove(ids: readonly string[]): Promise<void> {
    await inScripts(ids, async (batch) => {
      await this.#link.evaluate(REMOVE, {
        keys: [this.#stream, this.#doubts],
        args: batch,
        evenWhenFull: true,
      });
      return [];
    });
  }

  async release(holder: string): Promise<void> {
    await this.#link.evaluate(RELEASE_LEASE, {
      keys: [this.#lease],
      args: [holder],
      evenWhenFull: true,
    });
  }

  length(): Promise<number> {
    return this.#link.run((redis) => redis.xlen(this.#stream), undefined, { evenWhenFull: true });
  }

  /**
   * Whether what is kept survives a restart of Redis: `none` without an append-only file, `unknown` when Redis does not
   * say, as some managed ones.
   *
   * @throws RedisAway while Redis is away
   */
  async persistence(): Promise<'aof' | 'none' | 'unknown'> {
    const file = await readAppendOnlyFile(this.#link);
    return typeof file === 'string' ? file : 'aof';
  }

  async #append(
    records: readonly OutgoingRecord[],
    { doubtMs, isBehind }: { readonly doubtMs: number; readonly isBehind: boolean },
  ): Promise<SpoolAppend | 'nothing-waits'> {
    const fields = records.map(writeRecord);
    const answer = await this.#link
      .evaluate(APPEND, {
        keys: [this.#stream, this.#doubts],
        args: [
          this.#maxRecords,
          doubtMs,
          isBehind ? 1 : 0,
          records.length,
          ...fields.flatMap((each) => [each.length, ...each]),
        ],
      })
      .catch(fullWhenRedisIs);
    if (answer === 'nothing-waits') return answer;
    if (answer === 'full') return { kind: 'full' };
    await untilWritten(this.#link);
    return { kind: 'kept', ids: answer as string[] };
  }
}

function fullWhenRedisIs(error: unknown): 'full' {
  if (error instanceof RedisAway && error.code === 'OOM') return 'full';
  throw error;
}
