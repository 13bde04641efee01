import { InsiderClient } from '@parley/insider';
import { InProcessMessageStore, LocalSlotClock, PacedPermits, Sender, systemClock } from '@parley/sender';
import type { MessageStore, SenderEvent } from '@parley/sender';
import type { Configuration } from '../configuration/configuration.ts';
import { InsiderProvider } from './insider-provider.ts';

/** Settled ids, and provider keys, that one process remembers without a shared store: about 1 KB each. */
const MAX_REMEMBERED = 200_000;

export function createMessageStore({ idempotencyTtlMs }: Configuration): MessageStore {
  return new InProcessMessageStore({
    clock: systemClock,
    ttlMs: idempotencyTtlMs,
    maxRemembered: MAX_REMEMBERED,
  });
}

/** The sender with every configured account, each with a client and permits of its own. */
export function createSender(options: {
  readonly configuration: Configuration;
  readonly store: MessageStore;
  readonly clients: ReadonlyMap<string, InsiderClient>;
  readonly onEvent: (event: SenderEvent) => void;
}): Sender {
  const { configuration, store, clients, onEvent } = options;
  return new Sender({
    accounts: configuration.accounts.map(({ name, limitPerSecond, maxMessagesPerRequest }) => {
      const client = clients.get(name);
      if (!client) throw new Error(`No client for the account ${name}`);
      return {
        name,
        provider: new InsiderProvider(client),
        permits: new PacedPermits({
          clock: systemClock,
          slots: new LocalSlotClock({ clock: systemClock }),
          limitPerSecond,
        }),
        maxMessagesPerRequest,
      };
    }),
    store,
    maxMessages: configuration.maxMessages,
    clock: systemClock,
    random: Math.random,
    onEvent,
  });
}

export function createClients({ accounts }: Configuration): ReadonlyMap<string, InsiderClient> {
  return new Map(
    accounts.map(({ name, baseUrl, authKey, userAgent, timeoutMs }) => [
      name,
      new InsiderClient({ baseUrl, authKey, userAgent, timeoutMs }),
    ]),
  );
}
