import { timeOf } from '@parley/delivery';
import type { LogEnd, LogPage, LogPosition, StatusLog, WatchedStatus } from '@parley/delivery';
import { accountKey } from '../account-key.ts';
import { JointCalls } from '../joint-calls.ts';
import type { RedisLink } from '../redis-link.ts';
import { APPEND_STATUSES } from './append-statuses-script.ts';
import { READ_STATUSES } from './read-statuses-script.ts';
import { readPosition, readStoredEntry } from './stored-entry.ts';
import type { StoredEntry } from './stored-entry.ts';

const IDLE_TTL_MS = 7 * 24 * 60 * 60 * 1_000;
/** One answer of Redis holds no more, whoever asks. */
const MAX_PER_PAGE = 1_000;
const NOTHING_YET: LogPosition = '0-0';

export interface RedisStatusLogOptions {
  readonly link: RedisLink;
  /** Of each account, about 440 bytes each. Some 100 more are kept at times. 200,000 when left out. */
  readonly maxEntries?: number;
}

/**
 * The last statuses of each account in a stream of its own, which expires when nothing came for seven days. What many tell at
 * about the same time is one call. Rejects with `RedisAway` while Redis is away, and when it refuses.
 *
 * A gap is seen from an entry's position in every case. From a moment it is not seen when Redis lost everything since:
 * then the log begins anew, as if nothing had ever been told.
 */
export class RedisStatusLog implements StatusLog {
  readonly #link: RedisLink;
  readonly #maxEntries: number;
  readonly #appending = new JointCalls<WatchedStatus, undefined>(async (account, statuses) => {
    await this.#link.evaluate(APPEND_STATUSES, {
      keys: logKeys(account),
      args: [this.#maxEntries, IDLE_TTL_MS, ...statuses.map((status) => JSON.stringify(status))],
    });
    return statuses.map(() => undefined);
  });

  constructor({ link, maxEntries = 200_000 }: RedisStatusLogOptions) {
    this.#link = link;
    this.#maxEntries = maxEntries;
  }

  async append(account: string, statuses: readonly WatchedStatus[]): Promise<void> {
    await this.#appending.ask(account, statuses);
  }

  async read(account: string, after: LogPosition, limit: number): Promise<LogPage> {
    const { stored, end } = await this.#read(account, after, Math.min(limit, MAX_PER_PAGE));
    const read = stored.map(readStoredEntry);
    const entries = read.filter((entry) => entry !== undefined);
    const previous = stored.length === 0 ? end.position : read[0]?.previous;
    const isWhole = entries.length === stored.length && previous !== undefined && follows(after, previous);
    return {
      entries: entries.map(({ position, status }) => ({ position, status })),
      gap: !isWhole,
      timeMs: end.timeMs,
    };
  }

  async end(account: string): Promise<LogEnd> {
    return (await this.#read(account, NOTHING_YET, 0)).end;
  }

  async #read(account: string, after: LogPosition, limit: number): Promise<LogRead> {
    const answer = await this.#link.evaluate(READ_STATUSES, { keys: logKeys(account), args: [after, limit] });
    const [nowMs, last, stored] = answer as [number, string | null, readonly StoredEntry[] | null];
    const position = readPosition(last ?? '') ?? NOTHING_YET;
    return { end: { position, timeMs: Math.max(nowMs, timeOf(position)) }, stored: stored ?? [] };
  }
}

interface LogRead {
  readonly end: LogEnd;
  readonly stored: readonly StoredEntry[];
}

function logKeys(account: string): [stream: string, end: string] {
  return [accountKey(account, 'statuses'), accountKey(account, 'statuses', 'end')];
}

/** Nothing lies between `after` and what comes behind `previous`, the last position before that. */
function follows(after: LogPosition, previous: LogPosition): boolean {
  const [[ms, count], [previousMs, previousCount]] = [partsOf(after), partsOf(previous)];
  // No entry has the position of a moment, see `positionBefore`.
  const isMoment = count === 0 || count === Number.MAX_SAFE_INTEGER;
  if (!isMoment) return previous === after;
  return previousMs < ms || (previousMs === ms && previousCount <= count);
}

function partsOf(position: LogPosition): [ms: number, count: number] {
  const [ms = 0, count = 0] = position.split('-').map(Number);
  return [ms, count];
}
