import { InsiderClient } from '@parley/insider';
import { META_PAIR_LIMIT, PacedPermits, Sender, systemClock } from '@parley/sender';
import type { SenderEvent } from '@parley/sender';
import type { Configuration } from '../configuration/configuration.ts';
import { InsiderProvider } from './insider-provider.ts';
import type { Stores } from './stores.ts';

/** The sender with every configured account, each with a client and permits of its own. */
export function createSender(options: {
  readonly configuration: Configuration;
  readonly stores: Stores;
  readonly clients: ReadonlyMap<string, InsiderClient>;
  readonly onEvent: (event: SenderEvent) => void;
}): Sender {
  const { configuration, stores, clients, onEvent } = options;
  return new Sender({
    accounts: configuration.accounts.map(({ name, limitPerSecond, maxMessagesPerRequest }) => {
      const client = clients.get(name);
      if (!client) throw new Error(`No client for the account ${name}`);
      const slots = stores.slotsOf(name);
      return {
        name,
        provider: new InsiderProvider(client),
        permits: new PacedPermits({ clock: systemClock, slots, limitPerSecond }),
        maxMessagesPerRequest,
        recipientPace: configuration.pairLimit ? META_PAIR_LIMIT : undefined,
      };
    }),
    store: stores.messages,
    windowPolicy: configuration.windowPolicy,
    windows: stores.windows,
    replicaId: stores.replicaId,
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
