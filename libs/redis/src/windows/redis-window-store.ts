import { hash } from 'node:crypto';
import type { WindowObservation, WindowSeen, WindowStore } from '@parley/sender';
import { accountKey } from '../account-key.ts';
import { inScripts } from '../in-scripts.ts';
import { JointCalls } from '../joint-calls.ts';
import type { RedisLink } from '../redis-link.ts';
import { OBSERVE } from './observe-script.ts';

/** A window is closed a day after it was opened: a forgotten one was closed long before. */
const TTL_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Windows, shared by all replicas. Nothing is known any more of a number of which nothing new came for 30 days. Each
 * method is one round trip per 1,000 numbers, and what many observe at about the same time is one call. Rejects with `RedisAway` while Redis is away, and when it refuses.
 */
export class RedisWindowStore implements WindowStore {
  readonly #link: RedisLink;
  readonly #observing = new JointCalls<WindowObservation, undefined>(async (account, observations) => {
    await this.#link.evaluate(OBSERVE, {
      keys: observations.map(({ phoneNumber }) => windowKey(account, phoneNumber)),
      args: [TTL_MS, ...observations.flatMap(({ inboundMs = '', closedMs = '' }) => [inboundMs, closedMs])],
    });
    return observations.map(() => undefined);
  });

  constructor({ link }: { readonly link: RedisLink }) {
    this.#link = link;
  }

  find(account: string, phoneNumbers: readonly string[]): Promise<readonly (WindowSeen | undefined)[]> {
    return inScripts(phoneNumbers, async (batch) => {
      const keys = batch.map((phoneNumber) => windowKey(account, phoneNumber));
      const texts = await this.#link.run((redis) => redis.mget(keys));
      return texts.map((text) => (text === null ? undefined : readWindow(text)));
    });
  }

  async observe(account: string, observations: readonly WindowObservation[]): Promise<void> {
    await this.#observing.ask(account, observations);
  }
}

/** Names of keys show up in logs and tools of Redis: a number does not stand in them in clear. */
function windowKey(account: string, phoneNumber: string): string {
  return accountKey(account, 'window', hash('sha256', phoneNumber).slice(0, 32));
}

/** Undefined when the text is not what was stored. */
function readWindow(text: string): WindowSeen | undefined {
  const [, inbound, closed] = /^([\d.]*)\|([\d.]*)$/.exec(text) ?? [];
  if (!inbound && !closed) return undefined;
  return { ...(inbound && { inboundMs: Number(inbound) }), ...(closed && { closedMs: Number(closed) }) };
}
