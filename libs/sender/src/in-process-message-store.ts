import { abortable } from './abortable.ts';
import type { Clock } from './clock.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { OutboundMessage } from './message.ts';
import type { Claim, ClaimRequest, End, KnownMessage, MessageStore, SentMessage } from './message-store.ts';
import type { Settlement } from './outcome.ts';

/**
 * Remembers in this process alone: forgotten at its end, not known to other replicas.
 *
 * At most `maxRemembered` settled ids, as many abandoned ones and as many keys are kept; the oldest are forgotten first,
 * as they are when `ttlMs` has passed. Claims in flight are never forgotten: the queue bounds them.
 */
export class InProcessMessageStore implements MessageStore {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #maxRemembered: number;
  readonly #sending = new Map<string, Sending>();
  readonly #abandoned = new Map<string, Remembered<{ fingerprint: string }>>();
  readonly #settled = new Map<string, Remembered<{ fingerprint: string; settlement: Settlement }>>();
  readonly #keys = new Map<string, Remembered<SentMessage>>();

  constructor(options: { clock: Clock; ttlMs: number; maxRemembered: number }) {
    this.#clock = options.clock;
    this.#ttlMs = options.ttlMs;
    this.#maxRemembered = options.maxRemembered;
  }

  claim(requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
    this.#forgetOld(this.#settled);
    this.#forgetOld(this.#abandoned);
    return Promise.resolve(requests.map((request) => this.#claimOne(request)));
  }

  settle(ends: readonly End[]): Promise<readonly (Settlement | undefined)[]> {
    this.#forgetOld(this.#settled);
    const storedMs = this.#clock.monotonicMs();
    const standing = ends.map(({ message, settlement }) => {
      const id = idOf(message);
      const fingerprint = fingerprintOf(message);
      const earlier = this.#settled.get(id)?.value;
      if (!earlier) this.#settled.set(id, { storedMs, value: { fingerprint, settlement } });
      if (settlement.outcome.kind === 'accepted') {
        const key = JSON.stringify([message.account, settlement.outcome.key]);
        // Re-inserted at the end, so that insertion order stays the order of age.
        this.#keys.delete(key);
        this.#keys.set(key, {
          storedMs,
          value: sentMessage(message, settlement.attempts, this.#clock.now()),
        });
      }
      this.#end(id, settlement);
      return earlier?.fingerprint === fingerprint ? earlier.settlement : undefined;
    });
    this.#forgetOld(this.#settled);
    this.#forgetOld(this.#keys);
    return Promise.resolve(standing);
  }

  release(requests: readonly ClaimRequest[]): Promise<void> {
    for (const { message, holder } of requests) {
      const id = idOf(message);
      if (this.#sending.get(id)?.holder === holder) this.#end(id, undefined);
    }
    return Promise.resolve();
  }

  abandon(requests: readonly ClaimRequest[]): Promise<void> {
    const storedMs = this.#clock.monotonicMs();
    for (const { message, holder } of requests) {
      const id = idOf(message);
      if (this.#sending.get(id)?.holder !== holder) continue;
      this.#abandoned.set(id, { storedMs, value: { fingerprint: fingerprintOf(message) } });
      this.#end(id, undefined);
    }
    return Promise.resolve();
  }

  findByKeys(account: string, keys: readonly string[]): Promise<readonly (SentMessage | undefined)[]> {
    this.#forgetOld(this.#keys);
    return Promise.resolve(keys.map((key) => this.#keys.get(JSON.stringify([account, key]))?.value));
  }

  findById(account: string, messageId: string): Promise<KnownMessage | undefined> {
    this.#forgetOld(this.#settled);
    this.#forgetOld(this.#abandoned);
    const id = idOf({ account, messageId });
    const settlement = this.#settled.get(id)?.value.settlement;
    const isSending = this.#sending.has(id) || this.#abandoned.has(id);
    return Promise.resolve(settlement ?? (isSending ? { kind: 'sending' } : undefined));
  }

  #claimOne({ message, holder }: ClaimRequest): Claim {
    const id = idOf(message);
    const fingerprint = fingerprintOf(message);
    const settled = this.#settled.get(id)?.value;
    const sending = this.#sending.get(id);
    const known = settled ?? sending ?? this.#abandoned.get(id)?.value;
    if (known && known.fingerprint !== fingerprint) return { kind: 'conflict' };
    if (settled) return { kind: 'settled', settlement: settled.settlement };
    if (sending && sending.holder !== holder) {
      return { kind: 'in-flight', ended: (signal) => abortable(sending.ended.promise, signal) };
    }
    if (!sending) this.#sending.set(id, { fingerprint, holder, ended: Promise.withResolvers() });
    return { kind: 'claimed', maybeSent: this.#abandoned.delete(id) && 'abandoned' };
  }

  #end(id: string, settlement: Settlement | undefined): void {
    this.#sending.get(id)?.ended.resolve(settlement);
    this.#sending.delete(id);
  }

  #forgetOld(remembered: Map<string, Remembered<unknown>>): void {
    const oldestMs = this.#clock.monotonicMs() - this.#ttlMs;
    for (const [id, { storedMs }] of remembered) {
      if (storedMs > oldestMs && remembered.size <= this.#maxRemembered) return;
      remembered.delete(id);
    }
  }
}

interface Sending {
  readonly fingerprint: string;
  readonly holder: string;
  readonly ended: PromiseWithResolvers<Settlement | undefined>;
}

interface Remembered<T> {
  readonly storedMs: number;
  readonly value: T;
}

function idOf({ account, messageId }: Pick<OutboundMessage, 'account' | 'messageId'>): string {
  return JSON.stringify([account, messageId]);
}

function sentMessage(message: OutboundMessage, attempts: number, settledMs: number): SentMessage {
  const { messageId, account, phoneNumber, metadata, traceparent } = message;
  return {
    messageId,
    account,
    phoneNumber,
    metadata,
    ...(traceparent !== undefined && { traceparent }),
    attempts,
    settledMs,
  };
}
