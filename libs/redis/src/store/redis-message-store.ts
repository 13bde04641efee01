import { fingerprintOf } from '@parley/sender';
import type {
  Claim,
  ClaimRequest,
  Clock,
  End,
  KnownMessage,
  MessageStore,
  SentMessage,
  Settlement,
} from '@parley/sender';
import { accountKey } from '../account-key.ts';
import { JointCalls } from '../joint-calls.ts';
import type { RedisLink } from '../redis-link.ts';
import type { RedisScript } from '../redis-script.ts';
import { REPLICA_GONE_MS } from '../replica-gone.ts';
import { ABANDON } from './abandon-script.ts';
import { CLAIM } from './claim-script.ts';
import { inAccountScripts } from './in-account-scripts.ts';
import { RELEASE } from './release-script.ts';
import { SETTLE } from './settle-script.ts';
import { SettlementWatch } from './settlement-watch.ts';
import type { WatchedEnd, WatchedId } from './settlement-watch.ts';
import { readKnownMessage, readSentMessage, readSettlement, writeSentMessage } from './stored-values.ts';
import { WATCH } from './watch-script.ts';

/** A status may come as late as the provider keeps the message for a phone that is off. */
const LEAST_CORRELATION_TTL_MS = 7 * 24 * 60 * 60 * 1_000;

export interface RedisMessageStoreOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  /** Different for each process. Holders are named `<replicaId>:<anything without a colon>`. */
  readonly replicaId: string;
  /** The longest that a request may take, and some more: a claim that is not renewed is dead after it. */
  readonly leaseMs: number;
  readonly idempotencyTtlMs: number;
  /** At least seven days, whatever is given. */
  readonly correlationTtlMs: number;
}

/**
 * Ids and keys, shared by all replicas. Each method is one round trip for the messages of one account. Rejects with
 * `RedisAway` while Redis is away, and when it refuses.
 */
export class RedisMessageStore implements MessageStore {
  readonly #link: RedisLink;
  readonly #options: RedisMessageStoreOptions;
  readonly #watch: SettlementWatch;
  /** For many callbacks at a time. */
  readonly #finding = new JointCalls<string, SentMessage | undefined>(async (account, keys) => {
    const names = keys.map((key) => accountKey(account, 'key', key));
    const texts = await this.#link.run((redis) => redis.mget(names));
    return texts.map((text) => (text === null ? undefined : readSentMessage(text)));
  });

  constructor(options: RedisMessageStoreOptions) {
    this.#link = options.link;
    this.#options = options;
    const { clock, leaseMs } = options;
    this.#watch = new SettlementWatch({ clock, leaseMs, ask: (ids) => this.#askWatched(ids) });
  }

  claim(requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
    return inAccountScripts(
      requests,
      ({ message }) => message.account,
      async (batch, account) => {
        const { leaseMs, idempotencyTtlMs } = this.#options;
        const fingerprints = batch.map(({ message }) => fingerprintOf(message));
        const answers = await this.#link.evaluate(CLAIM, {
          keys: [...livenessKeys(account), ...batch.map(({ message }) => idKey(message))],
          args: [
            ...this.#livenessArgs,
            leaseMs,
            idempotencyTtlMs,
            ...batch.flatMap(({ holder }, index) => [fingerprints[index] ?? '', holder]),
          ],
        });
        return batch.map(({ message: { messageId } }, index) => {
          const fingerprint = fingerprints[index] ?? '';
          return this.#claimOf((answers as string[])[index] ?? '', { account, messageId, fingerprint });
        });
      },
    );
  }

  settle(ends: readonly End[]): Promise<readonly (Settlement | undefined)[]> {
    return inAccountScripts(
      ends,
      ({ message }) => message.account,
      async (batch, account) => {
        const { idempotencyTtlMs, correlationTtlMs, clock } = this.#options;
        const nowMs = clock.now();
        const keyTtlMs = Math.max(LEAST_CORRELATION_TTL_MS, correlationTtlMs);
        const answers = await this.#link.evaluate(SETTLE, {
          keys: batch.flatMap(({ message, settlement: { outcome } }) => [
            idKey(message),
            outcome.kind === 'accepted' ? accountKey(account, 'key', outcome.key) : idKey(message),
          ]),
          args: [
            idempotencyTtlMs,
            keyTtlMs,
            ...batch.flatMap(({ message, settlement }) => [
              `D|${fingerprintOf(message)}|${JSON.stringify(settlement)}`,
              settlement.outcome.kind === 'accepted' ? writeSentMessage(message, settlement, nowMs) : '',
            ]),
          ],
        });
        return (answers as string[]).map(readSettlement);
      },
    );
  }

  release(requests: readonly ClaimRequest[]): Promise<void> {
    return this.#giveBack(RELEASE, requests);
  }

  abandon(requests: readonly ClaimRequest[]): Promise<void> {
    return this.#giveBack(ABANDON, requests);
  }

  findByKeys(account: string, keys: readonly string[]): Promise<readonly (SentMessage | undefined)[]> {
    return this.#finding.ask(account, keys);
  }

  async findById(account: string, messageId: string): Promise<KnownMessage | undefined> {
    const text = await this.#link.run((redis) => redis.get(idKey({ account, messageId })));
    return text === null ? undefined : readKnownMessage(text);
  }

  async #giveBack(script: RedisScript, requests: readonly ClaimRequest[]): Promise<void> {
    await inAccountScripts(
      requests,
      ({ message }) => message.account,
      async (batch) => {
        await this.#link.evaluate(script, {
          keys: batch.map(({ message }) => idKey(message)),
          args: batch.map(({ holder }) => holder),
        });
        return [];
      },
    );
  }

  get #livenessArgs(): (string | number)[] {
    return [this.#options.replicaId, REPLICA_GONE_MS];
  }

  #claimOf(answer: string, id: WatchedId): Claim {
    if (answer === 'conflict') return { kind: 'conflict' };
    if (answer === 'in-flight')
      return { kind: 'in-flight', ended: (signal) => this.#watch.follow(id, signal) };
    if (answer === 'claimed') return { kind: 'claimed', maybeSent: false };
    if (answer === 'abandoned' || answer === 'holder-died') return { kind: 'claimed', maybeSent: answer };
    const settlement = readSettlement(answer.slice(1));
    // An end that cannot be read was an end all the same.
    return settlement ? { kind: 'settled', settlement } : { kind: 'claimed', maybeSent: 'holder-died' };
  }

  #askWatched(ids: readonly WatchedId[]): Promise<readonly WatchedEnd[]> {
    return inAccountScripts(
      ids,
      ({ account }) => account,
      async (batch, account) => {
        const answers = await this.#link.evaluate(WATCH, {
          keys: [...livenessKeys(account), ...batch.map(idKey)],
          args: [...this.#livenessArgs, ...batch.map(({ fingerprint }) => fingerprint)],
        });
        return (answers as string[]).map((answer) => {
          if (answer === 'in-flight' || answer === 'free') return answer;
          return readSettlement(answer.slice(1)) ?? 'free';
        });
      },
    );
  }
}

function livenessKeys(account: string): string[] {
  return [accountKey(account, 'replicas'), accountKey(account, 'quiet')];
}

function idKey({ account, messageId }: { readonly account: string; readonly messageId: string }): string {
  return accountKey(account, 'id', messageId);
}
