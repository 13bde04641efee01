import type { Clock } from '@parley/sender';
import type { DeliveryStore, NewsClaim, NewsStatus, StatusNews } from './delivery-store.ts';

export interface InProcessDeliveryStoreOptions {
  readonly clock: Clock;
  /** From the last news of a message. */
  readonly ttlMs: number;
  readonly maxMessages: number;
}

/**
 * Remembers in this process alone: forgotten at its end, not known to other replicas. A WhatsApp id belongs for good to the
 * first key that it came with: news of it with another key count as that one's.
 *
 * At most `maxMessages` messages are kept; those whose news are oldest are forgotten first, as they are when `ttlMs`
 * has passed. Between `maxMessages` and what is being told at one time there has to be some room.
 */
export class InProcessDeliveryStore implements DeliveryStore {
  readonly #options: InProcessDeliveryStoreOptions;
  /** In the order of their last news. */
  readonly #messages = new Set<Message>();
  readonly #byIdentity = new Map<string, Message>();
  /** The last news of every message came at that moment or later. */
  #noneBeforeMs = -Infinity;
  #toldCount = 0;

  constructor(options: InProcessDeliveryStoreOptions) {
    this.#options = options;
  }

  keysOf(account: string, wamids: readonly string[]): Promise<readonly (string | undefined)[]> {
    this.#forgetOld();
    return Promise.resolve(
      wamids.map((wamid) => this.#byIdentity.get(identityOf(account, 'wamid', wamid))?.key),
    );
  }

  claim(
    account: string,
    news: readonly StatusNews[],
    { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
  ): Promise<readonly NewsClaim[]> {
    this.#forgetOld();
    const nowMs = this.#options.clock.monotonicMs();
    const taken = new Set<Telling>();
    const claims = news.map((each): NewsClaim => {
      const message = this.#messageOf(account, each);
      if (message.told.has(each.status)) return 'told';
      const telling = message.tellings.get(each.status);
      const isHeld = telling && telling.holder !== holder && telling.endMs > nowMs;
      if (isHeld || (telling && taken.has(telling))) return 'elsewhere';
      const mine = { holder, endMs: nowMs + leaseMs };
      message.tellings.set(each.status, mine);
      taken.add(mine);
      return 'ours';
    });
    return Promise.resolve(claims);
  }

  settle(account: string, news: readonly StatusNews[]): Promise<void> {
    for (const each of news) {
      const message = this.#messageOf(account, each);
      message.tellings.delete(each.status);
      if (message.told.has(each.status)) continue;
      message.told.set(each.status, { news: each, place: ++this.#toldCount });
    }
    this.#forgetOld();
    return Promise.resolve();
  }

  release(
    account: string,
    news: readonly StatusNews[],
    { holder }: { readonly holder: string },
  ): Promise<void> {
    for (const each of news) {
      for (const identity of this.#ownIdentitiesOf(account, each)) {
        const tellings = this.#byIdentity.get(identity)?.tellings;
        if (tellings?.get(each.status)?.holder === holder) tellings.delete(each.status);
      }
    }
    return Promise.resolve();
  }

  find(account: string, key: string): Promise<readonly StatusNews[]> {
    this.#forgetOld();
    const { told, wamid } = this.#byIdentity.get(identityOf(account, 'key', key)) ?? {};
    const news = [...(told?.values() ?? [])].map((each) => ({
      ...each.news,
      ...(each.news.key !== undefined && { key }),
      ...(each.news.wamid !== undefined && wamid !== undefined && { wamid }),
    }));
    return Promise.resolve(news);
  }

  /** The one message that news are about, made or joined from what their identities stood for so far. */
  #messageOf(account: string, news: StatusNews): Message {
    const identities = this.#ownIdentitiesOf(account, news);
    const known = new Set(identities.flatMap((identity) => this.#byIdentity.get(identity) ?? []));
    const message = joined([...known]);
    for (const each of known) this.#messages.delete(each);
    const moved = known.size === 1 ? identities : [...message.identities, ...identities];
    for (const identity of moved) {
      message.identities.add(identity);
      this.#byIdentity.set(identity, message);
    }
    message.key ??= news.key;
    message.wamid ??= news.wamid;
    message.newsMs = this.#options.clock.monotonicMs();
    // Inserted at the end, so that insertion order stays the order of age.
    this.#messages.add(message);
    return message;
  }

  /** Without the key when the WhatsApp id belongs to another one. */
  #ownIdentitiesOf(account: string, { key, wamid }: StatusNews): string[] {
    const owner = wamid === undefined ? undefined : this.#byIdentity.get(identityOf(account, 'wamid', wamid));
    const isOfAnother = owner?.key !== undefined && key !== undefined && owner.key !== key;
    return identitiesOf(account, isOfAnother ? { wamid } : { key, wamid });
  }

  #forgetOld(): void {
    const { clock, ttlMs, maxMessages } = this.#options;
    const nowMs = clock.monotonicMs();
    const oldestMs = nowMs - ttlMs;
    // To begin a set is slow while the places at its front are empty: it is not done for nothing.
    if (this.#noneBeforeMs > oldestMs && this.#messages.size <= maxMessages) return;
    this.#noneBeforeMs = nowMs;
    for (const message of this.#messages) {
      if (message.newsMs > oldestMs && this.#messages.size <= maxMessages) {
        this.#noneBeforeMs = message.newsMs;
        return;
      }
      this.#messages.delete(message);
      for (const identity of message.identities) this.#byIdentity.delete(identity);
    }
  }
}

interface Message {
  readonly identities: Set<string>;
  /** The first that it came with; so is the WhatsApp id. */
  key: string | undefined;
  wamid: string | undefined;
  newsMs: number;
  readonly tellings: Map<NewsStatus, Telling>;
  /** In the order they were told. */
  readonly told: Map<NewsStatus, Told>;
}

interface Telling {
  readonly holder: string;
  readonly endMs: number;
}

interface Told {
  readonly news: StatusNews;
  readonly place: number;
}

/** What was thought to be several messages, as the one it is. */
function joined(messages: readonly Message[]): Message {
  const [only] = messages;
  if (only && messages.length === 1) return only;
  const told = messages.flatMap((message) => [...message.told]).sort(([, a], [, b]) => b.place - a.place);
  const tellings = messages
    .flatMap((message) => [...message.tellings])
    .sort(([, a], [, b]) => a.endMs - b.endMs);
  return {
    identities: new Set(messages.flatMap(({ identities }) => [...identities])),
    key: messages.find(({ key }) => key !== undefined)?.key,
    wamid: messages.find(({ wamid }) => wamid !== undefined)?.wamid,
    newsMs: 0,
    // The longest lease comes last, and stays.
    tellings: new Map(tellings),
    // From the last to the first, so that the first of each status stays; then in the order they were told.
    told: new Map([...new Map(told)].sort(([, a], [, b]) => a.place - b.place)),
  };
}

function identitiesOf(
  account: string,
  { key, wamid }: { readonly key?: string | undefined; readonly wamid?: string | undefined },
): string[] {
  return [
    ...(key === undefined ? [] : [identityOf(account, 'key', key)]),
    ...(wamid === undefined ? [] : [identityOf(account, 'wamid', wamid)]),
  ];
}

function identityOf(account: string, kind: 'key' | 'wamid', name: string): string {
  return `${kind}|${account.length}|${account}|${name}`;
}
