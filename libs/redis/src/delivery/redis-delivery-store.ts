import { hash, randomUUID } from 'node:crypto';
import type { DeliveryStore, NewsClaim, StatusNews } from '@parley/delivery';
import { accountKey } from '../account-key.ts';
import { inScripts } from '../in-scripts.ts';
import { JointCalls } from '../joint-calls.ts';
import type { RedisLink } from '../redis-link.ts';
import type { RedisScript } from '../redis-script.ts';
import { CLAIM_NEWS } from './claim-news-script.ts';
import { KEYS_OF } from './keys-of-script.ts';
import { RELEASE_NEWS } from './release-news-script.ts';
import { SETTLE_NEWS } from './settle-news-script.ts';
import { readNews, writeNews } from './stored-news.ts';

/** A status may come as late as the provider keeps the message for a phone that is off. */
const LEAST_TTL_MS = 7 * 24 * 60 * 60 * 1_000;

/** How often a WhatsApp id may turn out to belong to another key while it is asked for. */
const MAX_ROUNDS = 4;
const OF_ANOTHER_KEY = 'of|';

export interface RedisDeliveryStoreOptions {
  readonly link: RedisLink;
  /** After the last news of a message. At least seven days, whatever is given. */
  readonly ttlMs?: number;
}

/**
 * What was told, shared by all replicas. What many callers claim or settle at about the same time goes together. Each method
 * is one round trip per 1,000 news; one more when one has a WhatsApp id and not the key that it is known to go with.
 * Rejects with `RedisAway` while Redis is away, and when it refuses.
 */
export class RedisDeliveryStore implements DeliveryStore {
  readonly #link: RedisLink;
  readonly #ttlMs: number;
  readonly #claims = new Map<number, JointCalls<AskedNews, NewsClaim>>();
  readonly #settling = new JointCalls<AskedNews, string>((account, batch) =>
    this.#ask(SETTLE_NEWS, { account, batch, own: [] }),
  );

  constructor({ link, ttlMs = LEAST_TTL_MS }: RedisDeliveryStoreOptions) {
    this.#link = link;
    this.#ttlMs = Math.max(LEAST_TTL_MS, ttlMs);
  }

  keysOf(account: string, wamids: readonly string[]): Promise<readonly (string | undefined)[]> {
    return inScripts(wamids, async (batch) => {
      const keys = batch.map((wamid) => wamidKey(account, wamid));
      const answers = await this.#link.evaluate(KEYS_OF, { keys, args: [] });
      return (answers as (string | null)[]).map((key) => key ?? undefined);
    });
  }

  claim(
    account: string,
    news: readonly StatusNews[],
    { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
  ): Promise<readonly NewsClaim[]> {
    const text = `${randomUUID().slice(0, 6)}|${holder}`;
    return this.#claiming(leaseMs).ask(
      account,
      news.map((each) => asked(each, text)),
    );
  }

  async settle(account: string, news: readonly StatusNews[]): Promise<void> {
    await this.#settling.ask(
      account,
      news.map((each) => asked(each, writeNews(each))),
    );
  }

  async release(
    account: string,
    news: readonly StatusNews[],
    { holder }: { readonly holder: string },
  ): Promise<void> {
    const items = news.map((each) => asked(each, ''));
    await inScripts(items, (batch) => this.#ask(RELEASE_NEWS, { account, batch, own: [holder] }));
  }

  async find(account: string, key: string): Promise<readonly StatusNews[]> {
    return readNews(key, await this.#link.run((redis) => redis.hgetall(deliveryKey(account, key))));
  }

  /** Callers of one process ask for leases of one length. */
  #claiming(leaseMs: number): JointCalls<AskedNews, NewsClaim> {
    const known = this.#claims.get(leaseMs);
    if (known) return known;
    const claims = new JointCalls<AskedNews, NewsClaim>(
      async (account, batch) =>
        (await this.#ask(CLAIM_NEWS, { account, batch, own: [leaseMs] })) as NewsClaim[],
    );
    this.#claims.set(leaseMs, claims);
    return claims;
  }

  /** Asks again, with the keys that their WhatsApp ids belong to, as long as news turn out to be of others than they say. */
  async #ask(script: RedisScript, { account, batch, own }: Question): Promise<string[]> {
    let located = batch;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const answers = await this.#evaluate(script, { account, batch: located, own });
      if (!answers.some((answer) => answer.startsWith(OF_ANOTHER_KEY))) return answers;
      located = located.map((each, index) => {
        const answer = answers[index] ?? '';
        return answer === '' ? each : { ...each, key: answer.slice(OF_ANOTHER_KEY.length) };
      });
    }
    throw new Error('WhatsApp ids do not stop to change their keys');
  }

  async #evaluate(script: RedisScript, { account, batch, own }: Question): Promise<string[]> {
    const answers = await this.#link.evaluate(script, {
      keys: batch.flatMap(({ news: { wamid }, key }) => {
        const id = wamid === undefined ? undefined : wamidKey(account, wamid);
        const message = key === undefined ? undefined : deliveryKey(account, key);
        const [first, second] = [message ?? id, id ?? message];
        if (first === undefined || second === undefined)
          throw new Error('News of nothing: no key, no WhatsApp id');
        return [first, second];
      }),
      args: [
        this.#ttlMs,
        ...batch.flatMap(({ news, key = '', text }) => [key, news.wamid ?? '', news.status, text]),
        ...own,
      ],
    });
    return answers as string[];
  }
}

interface Question {
  readonly account: string;
  readonly batch: readonly AskedNews[];
  /** What the script is told beside the news. */
  readonly own: readonly (string | number)[];
}

interface AskedNews {
  readonly news: StatusNews;
  /** Of the message. */
  readonly key: string | undefined;
  /** What the script is told of these news alone. */
  readonly text: string;
}

function asked(news: StatusNews, text: string): AskedNews {
  return { news, key: news.key, text };
}

function deliveryKey(account: string, key: string): string {
  return accountKey(account, 'delivery', key);
}

/** A WhatsApp id holds the recipient's number in base64, which names of keys do not show. */
function wamidKey(account: string, wamid: string): string {
  return accountKey(account, 'wamid', hash('sha256', wamid).slice(0, 32));
}
