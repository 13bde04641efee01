import { hash } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { OutboundMessage } from './message.ts';
import type { Claim, MessageStore, SentMessage } from './message-store.ts';
import type { Settlement } from './outcome.ts';

/**
 * Remembers in this process alone: forgotten at its end, not known to other replicas.
 *
 * At most `maxRemembered` settled ids and as many keys are kept; the oldest are forgotten first, as they are when
 * `ttlMs` has passed. Claims in flight are never forgotten: the queue bounds them.
 */
export class InProcessMessageStore implements MessageStore {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #maxRemembered: number;
  readonly #sending = new Map<string, Sending>();
  readonly #settled = new Map<string, Remembered<{ fingerprint: string; settlement: Settlement }>>();
  readonly #keys = new Map<string, Remembered<SentMessage>>();

  constructor(options: { clock: Clock; ttlMs: number; maxRemembered: number }) {
    this.#clock = options.clock;
    this.#ttlMs = options.ttlMs;
    this.#maxRemembered = options.maxRemembered;
  }

  claim(messages: readonly OutboundMessage[]): Promise<readonly Claim[]> {
    this.#forgetOld(this.#settled);
    return Promise.resolve(messages.map((message) => this.#claimOne(message)));
  }

  settle(ends: readonly { message: OutboundMessage; settlement: Settlement }[]): Promise<void> {
    const storedMs = this.#clock.monotonicMs();
    for (const { message, settlement } of ends) {
      const id = idOf(message);
      // Re-inserted at the end, so that insertion order stays the order of age.
      this.#settled.delete(id);
      this.#settled.set(id, { storedMs, value: { fingerprint: fingerprintOf(message), settlement } });
      if (settlement.outcome.kind === 'accepted') {
        const { messageId, account, phoneNumber, metadata } = message;
        const key = JSON.stringify([account, settlement.outcome.key]);
        this.#keys.delete(key);
        this.#keys.set(key, { storedMs, value: { messageId, account, phoneNumber, metadata } });
      }
      this.#end(id, settlement);
    }
    this.#forgetOld(this.#settled);
    this.#forgetOld(this.#keys);
    return Promise.resolve();
  }

  release(messages: readonly OutboundMessage[]): Promise<void> {
    for (const message of messages) this.#end(idOf(message), undefined);
    return Promise.resolve();
  }

  findByKey(account: string, key: string): Promise<SentMessage | undefined> {
    this.#forgetOld(this.#keys);
    return Promise.resolve(this.#keys.get(JSON.stringify([account, key]))?.value);
  }

  #claimOne(message: OutboundMessage): Claim {
    const id = idOf(message);
    const fingerprint = fingerprintOf(message);
    const known = this.#settled.get(id)?.value;
    if (known) {
      return known.fingerprint === fingerprint
        ? { kind: 'settled', settlement: known.settlement }
        : { kind: 'conflict' };
    }
    const sending = this.#sending.get(id);
    if (sending) {
      return sending.fingerprint === fingerprint
        ? { kind: 'in-flight', ended: sending.ended.promise }
        : { kind: 'conflict' };
    }
    this.#sending.set(id, { fingerprint, ended: Promise.withResolvers() });
    return { kind: 'claimed' };
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
  readonly ended: PromiseWithResolvers<Settlement | undefined>;
}

interface Remembered<T> {
  readonly storedMs: number;
  readonly value: T;
}

function idOf(message: OutboundMessage): string {
  return JSON.stringify([message.account, message.messageId]);
}

/** Of what the recipient sees: a repeated id may carry other metadata or another expire time, not another text. */
function fingerprintOf(message: OutboundMessage): string {
  const { phoneNumber, text } = message;
  return hash('sha256', JSON.stringify([phoneNumber, text.body, text.previewUrl]), 'base64');
}
