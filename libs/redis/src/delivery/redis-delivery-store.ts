import { hash, randomUUID } from 'node:crypto';
import type { DeliveryStore, NewsClaim, StatusNews } from '@parley/delivery';
import { accountKey } from '../account-key.ts';
import { inScripts } from '../in-scripts.ts';
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
 * What was told, shared by all replicas. Each method is one round trip per 1,000 news; one more when one has a
 * WhatsApp id and not the key that it is known to go with. Rejects with `RedisAway` while Redis is away, and when it
 * refuses.
 *
 * A WhatsApp id belongs for good to the first key that it came with: news of it with another key count as that one's.
 */
export class RedisDeliveryStore implements DeliveryStore {
  readonly #link: RedisLink;
  readonly #ttlMs: number;

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

  async claim(
    account: string,
    news: readonly StatusNews[],
    { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
  ): Promise<readonly NewsClaim[]> {
    const call = randomUUID().slice(0, 6);
    return (await this.#ask(CLAIM_NEWS, { account, news, own: [holder, leaseMs, call] })) as NewsClaim[];
  }

  async settle(account: string, news: readonly StatusNews[]): Promise<void> {
    await this.#ask(SETTLE_NEWS, { account, news, own: [] });
  }

  async release(
    account: string,
    news: readonly StatusNews[],
    { holder }: { readonly holder: string },
  ): Promise<void> {
    await this.#ask(RELEASE_NEWS, { account, news, own: [holder] });
  }

  async find(account: string, key: string): Promise<readonly StatusNews[]> {
    return readNews(key, await this.#link.run((redis) => redis.hgetall(deliveryKey(account, key))));
  }

  #ask(script: RedisScript, { account, news, own }: Question): Promise<string[]> {
    const located = news.map((each) => ({ news: each, key: each.key }));
    return inScripts(located, (batch) => this.#askWithKeys(script, { account, batch, own }));
  }

  /** Asks again, with the keys that their WhatsApp ids belong to, as long as news turn out to be of others than they say. */
  async #askWithKeys(script: RedisScript, { account, batch, own }: LocatedQuestion): Promise<string[]> {
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

  async #evaluate(script: RedisScript, { account, batch, own }: LocatedQuestion): Promise<string[]> {
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
        ...batch.flatMap(({ news, key = '' }) => [key, news.wamid ?? '', news.status, writeNews(news)]),
        ...own,
      ],
    });
    return answers as string[];
  }
}

interface Question {
  readonly account: string;
  readonly news: readonly StatusNews[];
  /** What the script is told beside the news. */
  readonly own: readonly (string | number)[];
}

interface LocatedQuestion extends Omit<Question, 'news'> {
  readonly batch: readonly LocatedNews[];
}

interface LocatedNews {
  readonly news: StatusNews;
  /** Of the message. */
  readonly key: string | undefined;
}

function deliveryKey(account: string, key: string): string {
  return accountKey(account, 'delivery', key);
}

/** A WhatsApp id holds the recipient's number in base64, which names of keys do not show. */
function wamidKey(account: string, wamid: string): string {
  return accountKey(account, 'wamid', hash('sha256', wamid).slice(0, 32));
}
