import type { Clock } from '../clock.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { InProcessMessageStore } from '../in-process-message-store.ts';
import type { Claim, ClaimRequest, End, KnownMessage, MessageStore, SentMessage } from '../message-store.ts';
import type { OutboundMessage } from '../message.ts';
import type { Outcome, Settlement } from '../outcome.ts';

export interface PlannedStore {
  readonly claimMs: number;
  readonly settleMs: number;
  /** Of releasing and of abandoning. */
  readonly giveBackMs: number;
  /** What takes effect and is not answered. */
  readonly unanswered: 'nothing' | 'settle' | 'give-back';
  /** Places of messages whose ids were abandoned before. */
  readonly abandoned: readonly number[];
  readonly thefts: readonly PlannedTheft[];
}

/** Another replica takes an id whose lease is over, or that nobody has, and ends it some time later. */
export interface PlannedTheft {
  readonly place: number;
  readonly afterMs: number;
  readonly forMs: number;
  readonly end: 'accepted' | 'unknown' | 'abandoned';
}

/**
 * As long as a claim holds that is not renewed: longer than anything takes between a claim and acting on it. Before that, two
 * ends of neighbours may have to be stored, of one that is only reported and of one whose window is closed.
 */
const LEASE_MS = 400;
/** For how long another replica tries to get an id. */
const PATIENCE_MS = 2000;
const OTHER = 'other:1';

/** A message store that takes its time, loses answers, and is shared with another replica, which is not tested. */
export class ContestedStore implements MessageStore {
  /** Ends that were stored although another replica was sending the message. */
  readonly wronged: Outcome[] = [];
  readonly #clock: Clock;
  readonly #plan: PlannedStore;
  readonly #store: InProcessMessageStore;
  readonly #claims = new Map<string, ClaimRequest & { claimedAtMs: number }>();
  readonly #stolen = new Set<string>();
  readonly #heldByOther = new Set<string>();
  readonly #abandonedBefore = new Map<string, OutboundMessage>();

  /** @param options.messages by place; where there is none nothing is planned */
  constructor(options: { clock: Clock; plan: PlannedStore; messages: readonly OutboundMessage[] }) {
    const { clock, plan, messages } = options;
    this.#clock = clock;
    this.#plan = plan;
    this.#store = new InProcessMessageStore({ clock, ttlMs: 86_400_000, maxRemembered: 1000 });
    for (const message of plan.abandoned.flatMap((place) => messages[place] ?? [])) {
      if (this.#abandonedBefore.has(message.messageId)) continue;
      this.#abandonedBefore.set(message.messageId, message);
      void this.#store.claim([{ message, holder: OTHER }]);
      void this.#store.abandon([{ message, holder: OTHER }]);
    }
    for (const theft of plan.thefts) {
      const message = messages[theft.place];
      if (message) void this.#steal(message, theft);
    }
  }

  /** By id, as they were when they were abandoned before the first claim. */
  get abandonedBefore(): ReadonlyMap<string, OutboundMessage> {
    return this.#abandonedBefore;
  }

  /** Whether another replica ever had the id after the first claim of it. */
  wasStolen(messageId: string): boolean {
    return this.#stolen.has(messageId);
  }

  async claim(requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
    if (this.#plan.claimMs > 0) await this.#clock.sleep(this.#plan.claimMs);
    const claims = await this.#store.claim(requests);
    for (const [index, request] of requests.entries()) {
      if (claims[index]?.kind !== 'claimed') continue;
      this.#claims.set(request.message.messageId, { ...request, claimedAtMs: this.#clock.monotonicMs() });
    }
    return claims;
  }

  async settle(ends: readonly End[]): Promise<readonly (Settlement | undefined)[]> {
    for (const { message, settlement } of ends) {
      const wasNotSent = settlement.outcome.kind === 'expired';
      if (wasNotSent && this.#heldByOther.has(message.messageId)) this.wronged.push(settlement.outcome);
    }
    if (this.#plan.settleMs > 0) await this.#clock.sleep(this.#plan.settleMs);
    const standing = await this.#store.settle(ends);
    if (this.#plan.unanswered === 'settle') throw new Error('no answer');
    return standing;
  }

  async release(requests: readonly ClaimRequest[]): Promise<void> {
    await this.#store.release(requests);
    await this.#answerGiveBack();
  }

  async abandon(requests: readonly ClaimRequest[]): Promise<void> {
    await this.#store.abandon(requests);
    await this.#answerGiveBack();
  }

  findByKeys(account: string, keys: readonly string[]): Promise<readonly (SentMessage | undefined)[]> {
    return this.#store.findByKeys(account, keys);
  }

  findById(account: string, messageId: string): Promise<KnownMessage | undefined> {
    return this.#store.findById(account, messageId);
  }

  async #answerGiveBack(): Promise<void> {
    if (this.#plan.giveBackMs > 0) await this.#clock.sleep(this.#plan.giveBackMs);
    if (this.#plan.unanswered === 'give-back') throw new Error('no answer');
  }

  async #steal(message: OutboundMessage, { afterMs, forMs, end }: PlannedTheft): Promise<void> {
    const { messageId } = message;
    const mine = { message, holder: OTHER };
    await this.#clock.sleep(afterMs);
    if (!(await this.#takeOver(mine))) return;
    this.#stolen.add(messageId);
    this.#heldByOther.add(messageId);
    await this.#clock.sleep(forMs);
    this.#heldByOther.delete(messageId);
    if (end === 'abandoned') await this.#store.abandon([mine]);
    else await this.#store.settle([{ ...mine, settlement: settlementAs(end) }]);
  }

  async #takeOver(mine: ClaimRequest): Promise<boolean> {
    const { messageId } = mine.message;
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 10) {
      if (this.#heldByOther.has(messageId)) return false;
      const held = this.#claims.get(messageId);
      // To other content an id is a conflict, whether its lease is over or not.
      const isMine = held && fingerprintOf(held.message) === fingerprintOf(mine.message);
      const isOver = held && held.claimedAtMs + LEASE_MS <= this.#clock.monotonicMs();
      if (isMine && isOver) await this.#store.release([held]);
      const [claim] = await this.#store.claim([mine]);
      if (claim?.kind !== 'in-flight') return claim?.kind === 'claimed';
      await this.#clock.sleep(10);
    }
    return false;
  }
}

function settlementAs(end: 'accepted' | 'unknown'): Settlement {
  const outcome: Outcome =
    end === 'accepted'
      ? { kind: 'accepted', key: 'theirs' }
      : { kind: 'unknown', error: { reason: 'OUTCOME_UNKNOWN', message: 'no answer', retryable: false } };
  return { kind: 'settled', outcome, attempts: 1, duplicate: false };
}
