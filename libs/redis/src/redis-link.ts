import { Redis } from 'ioredis';
import { RedisAway } from './redis-away.ts';
import type { RedisScript } from './redis-script.ts';

const CONNECT_TIMEOUT_MS = 1_000;
/** Also between two questions whether a full Redis has room again. */
const RECONNECT_AFTER_MS = 250;
/** For a connection that is given up to end politely. */
const DISCONNECT_TIMEOUT_MS = 50;

/** Does what the scripts do, which a user may do or not: a primary that was demoted still answers PING. */
const PROBE = "redis.call('TIME') redis.call('SET', KEYS[1], '', 'PX', 1000)";
const PROBE_KEY = '{parley:probe}';

/** Its memory is: it refuses what takes more of it, and does everything else. */
const FULL = 'OOM';

/** A server that answers with one of these is of no use to anybody, whatever it is asked: loading, demoted, full. */
const USELESS_REPLIES = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  FULL,
  'MISCONF',
  'NOREPLICAS',
  'NOAUTH',
  'WRONGPASS',
  'BUSY',
  'UNKILLABLE',
]);

/** Of a connection that was never made, or that ended without an error. */
const NOT_CONNECTED = 'NOT_CONNECTED';

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
 * again every 250 ms, and is back when it lets a script write. One that is merely full keeps its connection, for those
 * who take out of it.
 *
 * A command that is refused for itself fails like one that is not answered, and leaves the connection to the others.
 */
export class RedisLink {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  readonly #changeListeners = new Set<(available: boolean) => void>();
  readonly #awayListeners = new Set<(code: string) => void>();
  #available = false;
  #why = NOT_CONNECTED;
  #toldAway = false;
  #probeAgain: NodeJS.Timeout | undefined;

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
    this.#redis.on('error', (error) => (this.#why = codeOf(error) ?? this.#why));
    this.#redis.on('close', () => this.#away(this.#why));
    this.#redis.on('ready', () => void this.#probe());
  }

  get available(): boolean {
    return this.#available;
  }

  /** Called once for each change, in the order of registration. Listeners must not throw. */
  onChange(listener: (available: boolean) => void): void {
    this.#changeListeners.add(listener);
  }

  /**
   * Called with the code of {@link RedisAway} when Redis goes away, and when it is not to be had from the start: once
   * until it is back. Listeners must not throw.
   */
  onAway(listener: (code: string) => void): void {
    this.#awayListeners.add(listener);
  }

  /**
   * @param options.evenWhenFull for what takes no memory: it is asked even while Redis counts as away for being full
   * @throws RedisAway at once while Redis is away, within the deadline when it turns out to be, and when it refuses the
   * command; the signal's reason
   */
  async run<T>(
    command: (redis: Redis) => Promise<T>,
    signal?: AbortSignal,
    { evenWhenFull = false }: { readonly evenWhenFull?: boolean } = {},
  ): Promise<T> {
    const isFull = this.#why === FULL && this.#redis.status === 'ready';
    if (!this.#available && !(isFull && evenWhenFull)) throw new RedisAway(this.#why);
    return this.#attempt(command, signal);
  }

  /** Runs a script; which keys it touches must not depend on what it reads. */
  evaluate(script: RedisScript, call: ScriptCall): Promise<unknown> {
    return this.#runScript(script, call, (redis, name, values) => redis.call(name, values));
  }

  /** {@link evaluate}, with buffers for the texts in the answer: for what need not be text. */
  evaluateBytes(script: RedisScript, call: ScriptCall): Promise<unknown> {
    return this.#runScript(script, call, (redis, name, values) => redis.callBuffer(name, values));
  }

  /** Ends the connection. Commands fail from now on, and nobody is told of a change: nothing went wrong. */
  close(): void {
    this.#changeListeners.clear();
    this.#awayListeners.clear();
    this.#away('CLOSED');
    clearTimeout(this.#probeAgain);
    this.#redis.disconnect();
  }

  async #runScript(
    { lua, sha }: RedisScript,
    { keys, args, signal, evenWhenFull = false }: ScriptCall,
    ask: (redis: Redis, name: string, values: (string | number | Buffer)[]) => Promise<unknown>,
  ): Promise<unknown> {
    const values = [keys.length, ...keys, ...args];
    try {
      return await this.run((redis) => ask(redis, 'EVALSHA', [sha, ...values]), signal, { evenWhenFull });
    } catch (error) {
      if (!(error instanceof RedisAway) || error.code !== 'NOSCRIPT') throw error;
      return this.run((redis) => ask(redis, 'EVAL', [lua, ...values]), signal, { evenWhenFull });
    }
  }

  async #probe(): Promise<void> {
    try {
      await this.#attempt((redis) => redis.eval(PROBE, 1, PROBE_KEY));
      if (this.#redis.status === 'ready') this.#back();
    } catch (error) {
      // A connection on which it is refused stays open otherwise.
      this.#giveUp((error as RedisAway).code);
    }
  }

  async #attempt<T>(command: (redis: Redis) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => {
      // An answer may have arrived while this process was busy or stopped: it is read before the immediate runs.
      setImmediate(() => reject(new RedisAway('TIMEOUT')));
    }, this.#timeoutMs);
    try {
      return await Promise.race([command(this.#redis), gaveUp]);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      const code = codeOf(error) ?? this.#why;
      if (!isReply(error) || USELESS_REPLIES.has(code)) this.#giveUp(code);
      // Never the client's own error: it carries the arguments.
      throw new RedisAway(code);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #giveUp(code: string): void {
    this.#away(code);
    if (this.#redis.status !== 'ready') return;
    if (code !== FULL) this.#redis.disconnect(true);
    else this.#probeAgain ??= setTimeout(() => void this.#probeFull(), RECONNECT_AFTER_MS);
  }

  async #probeFull(): Promise<void> {
    this.#probeAgain = undefined;
    if (this.#redis.status === 'ready') await this.#probe();
  }

  #back(): void {
    this.#why = NOT_CONNECTED;
    this.#toldAway = false;
    this.#turn(true);
  }

  #away(code: string): void {
    this.#why = code;
    this.#turn(false);
    if (this.#toldAway) return;
    this.#toldAway = true;
    for (const listener of this.#awayListeners) listener(code);
  }

  #turn(available: boolean): void {
    if (this.#available === available) return;
    this.#available = available;
    for (const listener of this.#changeListeners) listener(available);
  }
}

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number | Buffer)[];
  readonly signal?: AbortSignal | undefined;
  /** See {@link RedisLink.run}. */
  readonly evenWhenFull?: boolean;
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** How Redis 6 wraps what a command in a script was refused for. */
const REFUSED_IN_SCRIPT = /^ERR Error running script .*@user_script: ?\d+: -?([A-Z]+) /;

/** Nothing that could hold an address or an argument. Undefined of a connection that ended. */
function codeOf(error: unknown): string | undefined {
  if (isReply(error)) {
    const { message } = error;
    return REFUSED_IN_SCRIPT.exec(message)?.[1] ?? /^[A-Z]+\b/.exec(message)?.[0] ?? 'ERR';
  }
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? (name === 'ParserError' ? 'NOT_REDIS' : undefined);
}
