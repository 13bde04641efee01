import { randomUUID } from 'node:crypto';
import { InProcessMessageStore, InProcessWindowStore, LocalSlotClock, systemClock } from '@parley/sender';
import type { MessageStore, SlotClock, WindowStore } from '@parley/sender';
import { InProcessDeliveryStore, InProcessStatusLog } from '@parley/delivery';
import type { DeliveryStore, StatusLog } from '@parley/delivery';
import type { Spool } from '@parley/kafka';
import {
  RedisDeliveryStore,
  RedisLink,
  RedisMessageStore,
  RedisSlotClock,
  RedisSpool,
  RedisStatusLog,
  RedisWindowStore,
} from '@parley/redis';
import type { SlotClockEvent } from '@parley/redis';
import type { Configuration } from '../configuration/configuration.ts';

/** What gateways keep: in Redis for all replicas, or in this process alone. */
export interface Stores {
  /** Names this process among the replicas: another one after each start. */
  readonly replicaId: string;
  readonly messages: MessageStore;
  readonly windows: WindowStore;
  readonly deliveries: DeliveryStore;
  readonly statusLog: StatusLog;
  /** Where events wait for a Kafka that is away. Undefined without Redis, and without Kafka. */
  readonly spool: Spool | undefined;
  /** The clock of one account's permits. */
  slotsOf(account: string): SlotClock;
  /** Undefined without Redis. */
  readonly redis: { readonly available: boolean } | undefined;
  close(): Promise<void>;
}

export type StoreEvent =
  | { readonly kind: 'redis-connected' }
  /** It went, or was not there at the start; once until it is back. */
  | { readonly kind: 'redis-away'; readonly code: string }
  /** Redis has no append-only file: what waits in the spool ends with it. */
  | { readonly kind: 'spool-not-persistent' }
  | SlotClockEvent;

/** Settled ids, provider keys and windows, of each so many, that one process remembers without a shared store: about 1 KB each. */
const MAX_REMEMBERED = 200_000;

/** How long a delivery status finds its message (contract of the status events). */
const CORRELATION_TTL_MS = 7 * 24 * 3_600_000;

/** Status events of each account that watchers may resume from without a shared store: about 550 bytes each. */
const MAX_LOGGED = 20_000;

/** On top of the time limit of a request: for what comes before it is written and after it is answered. */
const LEASE_SLACK_MS = 20_000;

export function createStores(configuration: Configuration, onEvent: (event: StoreEvent) => void): Stores {
  return configuration.redisUrl === undefined
    ? inProcess(configuration)
    : inRedis(configuration, configuration.redisUrl, onEvent);
}

function inProcess({ idempotencyTtlMs, watchMaxEvents }: Configuration): Stores {
  const clock = systemClock;
  return {
    replicaId: randomUUID(),
    messages: new InProcessMessageStore({ clock, ttlMs: idempotencyTtlMs, maxRemembered: MAX_REMEMBERED }),
    windows: new InProcessWindowStore({ maxRemembered: MAX_REMEMBERED }),
    deliveries: new InProcessDeliveryStore({ clock, ttlMs: CORRELATION_TTL_MS, maxMessages: MAX_REMEMBERED }),
    statusLog: new InProcessStatusLog({
      clock,
      ttlMs: CORRELATION_TTL_MS,
      maxEntries: Math.min(MAX_LOGGED, watchMaxEvents),
    }),
    spool: undefined,
    slotsOf: () => new LocalSlotClock({ clock }),
    redis: undefined,
    close: () => Promise.resolve(),
  };
}

function inRedis(
  { accounts, roles, idempotencyTtlMs, kafka, spoolMaxEvents, watchMaxEvents }: Configuration,
  url: string,
  onEvent: (event: StoreEvent) => void,
): Stores {
  const clock = systemClock;
  const replicaId = randomUUID();
  const link = new RedisLink({ url });
  link.onAway((code) => onEvent({ kind: 'redis-away', code }));
  const spool = kafka && new RedisSpool({ link, maxRecords: spoolMaxEvents });
  link.onChange((available) => {
    if (!available) return;
    onEvent({ kind: 'redis-connected' });
    const persistence = spool?.persistence() ?? Promise.resolve('unknown' as const);
    persistence
      .then((file) => file === 'none' && onEvent({ kind: 'spool-not-persistent' }))
      // Gone again: the next connection is asked.
      .catch(() => undefined);
  });
  // Who takes no messages is no part of a limit: while Redis is away, the others would leave him a share.
  const takesMessages = roles.has('grpc') || roles.has('consumer');
  const slots = new Map(
    (takesMessages ? accounts : []).map(({ name }) => [
      name,
      new RedisSlotClock({ link, clock, account: name, replicaId, onEvent }),
    ]),
  );
  const leaseMs = Math.max(...accounts.map(({ timeoutMs }) => timeoutMs)) + LEASE_SLACK_MS;
  return {
    replicaId,
    messages: new RedisMessageStore({
      link,
      clock,
      replicaId,
      leaseMs,
      idempotencyTtlMs,
      correlationTtlMs: CORRELATION_TTL_MS,
    }),
    windows: new RedisWindowStore({ link }),
    deliveries: new RedisDeliveryStore({ link, ttlMs: CORRELATION_TTL_MS }),
    statusLog: new RedisStatusLog({ link, maxEntries: watchMaxEvents }),
    spool,
    slotsOf: (account) => {
      if (!takesMessages) return new LocalSlotClock({ clock });
      const clockOfAccount = slots.get(account);
      if (!clockOfAccount) throw new Error(`No slots for the account ${account}`);
      return clockOfAccount;
    },
    redis: link,
    close: async () => {
      await Promise.all([...slots.values()].map((each) => each.close()));
      link.close();
    },
  };
}
