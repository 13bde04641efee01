import { Redis } from 'ioredis';
import { RedisAway } from './redis-away.ts';
import type { RedisScript } from './redis-script.ts';

const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_AFTER_MS = 250;
/** For a connection that is given up to end politely. */
const DISCONNECT_TIMEOUT_MS = 50;
const PROBE_KEY = '{parley:probe}';

/** A server that answers with one of these is there, and of no use: loading, demoted, full, not ours. */
const USELESS_REPLIES =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MOVED|OOM|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM|BUSY|UNKILLABLE)\b/;

export interface RedisLinkOptions {
  /** `redis://` or `rediss://`, with user, password and database. */
  readonly url: string;
  /** For each command, from being called to its answer. 500 when left out. */
  readonly commandTimeoutMs?: number;
}

/**
 * One connection to Redis that never makes anybody wait: a command is answered within its deadline or fails, and while
 * Redis is away every command fails at once. Nothing is queued and nothing is sent twice.
 *
 * The first command that is not answered marks Redis as away and gives the connection up, so that a server which holds
 * its sockets and says nothing, or a network which swallows packets, does not keep it. From then on it is connected to
 * again every 250 ms, and is back when it takes a write: a primary that was demoted still answers PING.
 */
export class RedisLink {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  readonly #listeners = new Set<(available: boolean) => void>();
  #available = false;
  #why = 'not connected yet';

  /** Starts to connect; never throws because Redis is absent. */
  constructor({ url, commandTimeoutMs = 500 }: RedisLinkOptions) {
    this.#timeoutMs = commandTimeoutMs;
    this.#redis = new Redis(url, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      retryStrategy: () => RECONNECT_AFTER_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      // The probe is the check, with a deadline.
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    this.#redis.on('error', (error) => (this.#why = reasonOf(error)));
    this.#redis.on('close', () => this.#turn(false));
    this.#redis.on('ready', () => void this.#probe());
  }

  get available(): boolean {
    return this.#available;
  }

  /** Called once for each change, in the order of registration. Listeners must not throw. */
  onChange(listener: (available: boolean) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * @throws RedisAway at once while Redis is away, and within the deadline when it turns out to be; the signal's reason;
   * errors that Redis answered with as they are
   */
  async run<T>(command: (redis: Redis) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (!this.#available) throw new RedisAway(this.#why);
    return this.#attempt(command, signal);
  }

  /** Runs a script; which keys it touches must not depend on what it reads. */
  async evaluate({ lua, sha }: RedisScript, { keys, args, signal }: ScriptCall): Promise<unknown> {
    const values = [...keys, ...args];
    try {
      return await this.run((redis) => redis.evalsha(sha, keys.length, ...values), signal);
    } catch (error) {
      if (!isReply(error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.run((redis) => redis.eval(lua, keys.length, ...values), signal);
    }
  }

  /** Ends the connection. Commands fail from now on, and nobody is told of a change: nothing went wrong. */
  close(): void {
    this.#why = 'closed';
    this.#listeners.clear();
    this.#turn(false);
    this.#redis.disconnect();
  }

  async #probe(): Promise<void> {
    try {
      await this.#attempt((redis) => redis.set(PROBE_KEY, '', 'PX', 1_000));
      if (this.#redis.status === 'ready') this.#turn(true);
    } catch (error) {
      // What the attempt did not take for being away: an answer to SET that a Redis does not give.
      if (!(error instanceof RedisAway)) this.#giveUp(reasonOf(error));
    }
  }

  async #attempt<T>(command: (redis: Redis) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => {
      // An answer may have arrived while this process was busy or stopped: it is read before the immediate runs.
      setImmediate(() => reject(new RedisAway('timeout')));
    }, this.#timeoutMs);
    try {
      return await Promise.race([command(this.#redis), gaveUp]);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      if (isReply(error) && !USELESS_REPLIES.test(error.message)) throw error;
      const why = error instanceof RedisAway ? 'timeout' : reasonOf(error);
      this.#giveUp(why);
      throw new RedisAway(why);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #giveUp(why: string): void {
    this.#why = why;
    this.#turn(false);
    if (this.#redis.status === 'ready') this.#redis.disconnect(true);
  }

  #turn(available: boolean): void {
    if (this.#available === available) return;
    this.#available = available;
    for (const listener of this.#listeners) listener(available);
  }
}

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  readonly signal?: AbortSignal | undefined;
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The code of a system error, the first word of an answer, or the name: nothing that could hold an address. */
function reasonOf(error: unknown): string {
  if (isReply(error)) return error.message.split(' ', 1)[0] ?? 'ERR';
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
