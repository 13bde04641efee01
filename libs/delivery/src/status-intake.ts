import { failureCode } from '@parley/sender';
import type { Clock, MessageStore, SentMessage } from '@parley/sender';
import { areCopies, completed, wamidsWithoutKey } from './body-news.ts';
import type { DeliveryStore, NewsClaim, StatusNews } from './delivery-store.ts';
import { ForgivingDeliveries } from './forgiving-deliveries.ts';
import type { IntakeEvent } from './intake-event.ts';
import type { NewsVerdict, Taken } from './taken.ts';

export interface StatusIntakeOptions {
  readonly deliveries: DeliveryStore;
  readonly messages: Pick<MessageStore, 'findByKeys'>;
  readonly clock: Clock;
  /** Different for each start of a process. Holders of news are named `<holder>:<count>`. */
  readonly holder: string;
  /** From the last claim: longer than the telling takes, or somebody else tells the same, too. */
  readonly leaseMs: number;
  /** How long a callback waits for the answer to its own send, or for the key of its WhatsApp id. @default 1_500 */
  readonly overtakeMs?: number;
  /** Callbacks that wait at one time; those beyond do not wait. @default 500 */
  readonly maxWaiting?: number;
  readonly onEvent?: (event: IntakeEvent) => void;
}

/**
 * Decides which news of a callback are to be told, so that each status of a message is told once over all replicas, with
 * the message it is about.
 *
 * Who takes news tells them, and then says {@link told} or {@link notTold}. When the process dies in between, the lease
 * ends and the provider's repetition is told. Nothing is ever withheld because a store is away: then news are told
 * without their message, and a repetition is only noticed by the process that told the first copy.
 */
export class StatusIntake {
  readonly #options: Required<StatusIntakeOptions>;
  readonly #deliveries: ForgivingDeliveries;
  #taken = 0;
  #waiting = 0;

  constructor(options: StatusIntakeOptions) {
    this.#options = { overtakeMs: 1_500, maxWaiting: 500, onEvent: () => undefined, ...options };
    this.#deliveries = new ForgivingDeliveries(this.#options);
  }

  /**
   * Takes at most two seconds and the answers of the stores: so long it waits for who is telling the same, and
   * `overtakeMs` for a message that is not known yet. Never rejects; when the signal fires it decides with what it knows.
   */
  async take(account: string, news: readonly StatusNews[], signal: AbortSignal): Promise<Taken> {
    this.#taken += 1;
    const callback: Callback = {
      account,
      holder: `${this.#options.holder}:${this.#taken}`,
      items: await this.#itemsOf(account, news),
      messagesKnown: true,
    };
    await Promise.all([this.#claim(callback), this.#find(callback)]);
    const waitedMs = await this.#wait(callback, signal);
    const verdicts = callback.items.map(verdictOf);
    const count = (kind: NewsVerdict['kind']) => verdicts.filter((verdict) => verdict.kind === kind).length;
    const [toTell, duplicates, elsewhere] = [count('tell'), count('duplicate'), count('elsewhere')];
    this.#options.onEvent({ kind: 'news-taken', account, toTell, duplicates, elsewhere, waitedMs });
    return { account, holder: callback.holder, verdicts, busy: elsewhere > 0 };
  }

  /** All that were to be told have been, for good. Never rejects: what a store forgot may be told again. */
  async told({ account, verdicts }: Taken): Promise<void> {
    const tell = verdicts.filter((verdict) => verdict.kind === 'tell');
    if (tell.length === 0) return;
    const uncorrelated = tell.filter(({ correlation }) => correlation === 'unknown').length;
    this.#options.onEvent({ kind: 'news-told', account, told: tell.length, uncorrelated });
    await this.#deliveries.settle(
      account,
      tell.map(({ news }) => news),
    );
  }

  /** They could not be told: whoever comes with them next may. Never rejects. */
  async notTold({ account, holder, verdicts }: Taken): Promise<void> {
    const news = verdicts.flatMap((verdict) => (verdict.kind === 'tell' ? [verdict.news] : []));
    await this.#deliveries.release(account, news, { holder });
  }

  async #itemsOf(account: string, news: readonly StatusNews[]): Promise<Item[]> {
    const wamids = wamidsWithoutKey(news);
    const keys = await this.#deliveries.keysOf(account, wamids);
    const known = wamids.flatMap((wamid, index): [string, string][] => {
      const key = keys[index];
      return key === undefined ? [] : [[wamid, key]];
    });
    const identified = completed(news, new Map(known));
    const copies = areCopies(identified);
    return identified.map((each, index) => ({
      news: each,
      claim: copies[index] ? 'told' : 'elsewhere',
      sent: undefined,
    }));
  }

  /** All that are not told, also those taken already: that renews their lease. */
  async #claim({ account, holder, items }: Callback): Promise<void> {
    const asked = items.filter(({ claim }) => claim !== 'told');
    if (asked.length === 0) return;
    const { leaseMs } = this.#options;
    const news = asked.map((item) => item.news);
    const claims = await this.#deliveries.claim(account, news, { holder, leaseMs });
    for (const [index, item] of asked.entries()) item.claim = claims[index] ?? 'elsewhere';
  }

  async #find(callback: Callback): Promise<void> {
    const asked = callback.items.filter((item) => isSought(item) && item.news.key !== undefined);
    if (asked.length === 0) return;
    const { account } = callback;
    const keys = asked.flatMap(({ news }) => news.key ?? []);
    try {
      const found = await this.#options.messages.findByKeys(account, keys);
      for (const [index, item] of asked.entries()) item.sent = found[index];
    } catch (error) {
      callback.messagesKnown = false;
      this.#options.onEvent({ kind: 'store-failed', account, step: 'find', code: failureCode(error) });
    }
  }

  /** Finds keys that another callback has brought since, and takes their news as those of their messages. */
  async #join(callback: Callback): Promise<void> {
    const alone = callback.items.filter((item) => isSought(item) && item.news.key === undefined);
    if (alone.length === 0) return;
    const wamids = alone.flatMap(({ news }) => news.wamid ?? []);
    const keys = await this.#deliveries.keysOf(callback.account, wamids);
    for (const [index, item] of alone.entries()) {
      const key = keys[index];
      if (key !== undefined) item.news = { ...item.news, key };
    }
    if (keys.some((key) => key !== undefined)) await this.#claim(callback);
  }

  async #seek(callback: Callback): Promise<void> {
    await this.#join(callback);
    await this.#find(callback);
  }

  /** Whether to wait may bring it. */
  #mayBeFound({ messagesKnown, items }: Callback): boolean {
    return (
      messagesKnown &&
      items.some((item) => isSought(item) && (item.news.key !== undefined || this.#deliveries.answers))
    );
  }

  /** @returns for how many milliseconds it waited */
  async #wait(callback: Callback, signal: AbortSignal): Promise<number> {
    const { clock, overtakeMs, maxWaiting } = this.#options;
    const startedMs = clock.monotonicMs();
    const waitedMs = () => clock.monotonicMs() - startedMs;
    if (this.#waiting >= maxWaiting) return 0;
    this.#waiting += 1;
    try {
      for (;;) {
        const elsewhere = waitedMs() < ELSEWHERE_MS && callback.items.some(isElsewhere);
        const overtaken = waitedMs() < overtakeMs && this.#mayBeFound(callback);
        if (!elsewhere && !overtaken) return waitedMs();
        await clock.sleep(ASK_AGAIN_MS, signal);
        await Promise.all([elsewhere && this.#claim(callback), overtaken && this.#seek(callback)]);
      }
    } catch (error) {
      if (signal.aborted) return waitedMs();
      throw error;
    } finally {
      this.#waiting -= 1;
    }
  }
}

const ASK_AGAIN_MS = 100;
const ELSEWHERE_MS = 2_000;

interface Callback {
  readonly account: string;
  readonly holder: string;
  readonly items: readonly Item[];
  /** False once the message store failed: then nothing is waited for there. */
  messagesKnown: boolean;
}

interface Item {
  news: StatusNews;
  /** A copy of earlier news of the same callback is `told`: its fate is theirs. */
  claim: NewsClaim;
  sent: SentMessage | undefined;
}

function isElsewhere({ claim }: Item): boolean {
  return claim === 'elsewhere';
}

/** Whether its message is still to be found. What a user wrote belongs to none. */
function isSought({ news, claim, sent }: Item): boolean {
  return claim !== 'told' && news.status !== 'inbound' && sent === undefined;
}

function verdictOf({ news, claim, sent }: Item): NewsVerdict {
  if (claim === 'told') return { kind: 'duplicate' };
  if (claim === 'elsewhere') return { kind: 'elsewhere' };
  return sent
    ? { kind: 'tell', news, correlation: 'matched', sent }
    : { kind: 'tell', news, correlation: 'unknown' };
}
