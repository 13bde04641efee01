import { describe, expect, it } from '@jest/globals';
import { FakeClock, outboundMessage, boundedRuns, worstSecond } from '@parley/testing';
import fc from 'fast-check';
import type { SenderEvent } from './events.ts';
import type { Traffic } from './job.ts';
import type { AmbiguousSends, OutboundMessage } from './message.ts';
import type { SubmissionResult } from './outcome.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import { Sender } from './sender.ts';
import type { SenderAccount } from './sender.ts';
import { ContestedStore } from './testing/contested-store.ts';
import type { PlannedStore, PlannedTheft } from './testing/contested-store.ts';
import { exactPermits } from './testing/sender-under-test.ts';
import { DAY_MS, WatchedWindows } from './testing/watched-windows.ts';
import type { PlannedNews, PlannedWindows } from './testing/watched-windows.ts';

/** A case that does not end is a failure, and not a hanging test. */
const bounded = boundedRuns(90_000);

const LIMIT_PER_SECOND = 20;
const MAX_WAIT_MS = 20_000;

interface PlannedMessage {
  readonly id: string;
  readonly recipient: string;
  readonly body: string;
  readonly policy: AmbiguousSends;
  readonly expiresInMs: number;
}

interface PlannedSubmission {
  readonly afterMs: number;
  readonly traffic: Traffic;
  readonly messages: readonly PlannedMessage[];
  readonly cancelledAfterMs: number | undefined;
}

type PlannedAnswer =
  | { readonly kind: 'given'; readonly answer: ProviderAnswer }
  /** So many keys more or fewer than messages. */
  | { readonly kind: 'keys'; readonly more: number }
  | { readonly kind: 'throws'; readonly written: boolean }
  | { readonly kind: 'not-written' };

interface PlannedRequest {
  readonly answer: PlannedAnswer;
  /** Before it is written. */
  readonly connectMs: number;
  readonly latencyMs: number;
}

interface Plan {
  readonly submissions: readonly PlannedSubmission[];
  readonly windows: PlannedWindows;
  /** Of the first requests; the others are accepted. */
  readonly requests: readonly PlannedRequest[];
  readonly store: PlannedStore;
  /** Of the delays before repetitions. */
  readonly random: number;
  readonly maxMessages: number;
  readonly batch: number;
  readonly graceMs: number;
  /** Whether the sender is closed when messages may still wait; otherwise each of them has to end by itself. */
  readonly closesEarly: boolean;
}

const recipient = fc.constantFrom('+14155550101', '+14155550102', '+14155550103');
const message: fc.Arbitrary<PlannedMessage> = fc.record({
  id: fc.oneof(fc.constantFrom('x', 'y'), fc.uuid()),
  recipient,
  body: fc.constantFrom('Hello', 'Hello', 'Other'),
  policy: fc.constantFrom('resend', 'report'),
  expiresInMs: fc.constantFrom(1, 300, 1500, DAY_MS, DAY_MS),
});
const submission: fc.Arbitrary<PlannedSubmission> = fc.record({
  afterMs: fc.constantFrom(0, 0, 1, 60, 400),
  traffic: fc.constantFrom('interactive', 'bulk'),
  messages: fc.array(message, { minLength: 1, maxLength: 4 }),
  cancelledAfterMs: fc.constantFrom(undefined, undefined, 0, 5, 70, 130, 500),
});
const retryAfterMs = fc.constantFrom(undefined, 0, 200, 2500);
const answer: fc.Arbitrary<PlannedAnswer> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'keys', more: 0 } as const) },
  fc.constantFrom({ kind: 'keys', more: -1 }, { kind: 'keys', more: 1 }),
  fc.record({ kind: fc.constant('throws' as const), written: fc.boolean() }),
  fc.constant({ kind: 'not-written' } as const),
  fc
    .constantFrom('message-refused' as const, 'ambiguous' as const)
    .map((kind) => given({ kind, message: kind })),
  retryAfterMs.map((ms) => given({ kind: 'throttled', message: 'slow down', retryAfterMs: ms })),
  retryAfterMs.map((ms) => given({ kind: 'unavailable', message: 'down', retryAfterMs: ms })),
  fc
    .constantFrom('unauthorized' as const, 'ip-restricted' as const, 'blocked' as const, 'quota' as const)
    .map((reason) => given({ kind: 'account-refused', reason, message: reason })),
);
const request: fc.Arbitrary<PlannedRequest> = fc.record({
  answer,
  connectMs: fc.constantFrom(0, 0, 0, 0, 400),
  latencyMs: fc.constantFrom(0, 0, 30, 700),
});
const news: fc.Arbitrary<PlannedNews> = fc.record({
  afterMs: fc.constantFrom(0, 0, 0, 100, 1000),
  recipient,
  kind: fc.constantFrom('inbound', 'inbound', 'closed'),
  agoMs: fc.constantFrom(0, 1000, DAY_MS - 400, DAY_MS),
});
const windows: fc.Arbitrary<PlannedWindows> = fc.record({
  policy: fc.constantFrom('off', 'known', 'known', 'strict'),
  news: fc.array(news, { maxLength: 5 }),
  findMs: fc.constantFrom(0, 0, 15),
  awayAfterMs: fc.constantFrom(0, 500, Infinity, Infinity, Infinity),
});
const place = fc.nat({ max: 5 });
const theft: fc.Arbitrary<PlannedTheft> = fc.record({
  place,
  afterMs: fc.constantFrom(0, 20, 100, 300, 800),
  forMs: fc.constantFrom(50, 400, 3000),
  end: fc.constantFrom('accepted', 'unknown', 'abandoned'),
});
const store: fc.Arbitrary<PlannedStore> = fc.record({
  claimMs: fc.constantFrom(0, 0, 10, 60),
  settleMs: fc.constantFrom(0, 0, 100),
  giveBackMs: fc.constantFrom(0, 0, 10),
  unanswered: fc.constantFrom('nothing', 'nothing', 'settle', 'give-back'),
  abandoned: fc.oneof(fc.constant([]), fc.array(place, { maxLength: 3 })),
  thefts: fc.oneof(fc.constant([]), fc.array(theft, { maxLength: 3 })),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  store,
  random: fc.constantFrom(0.1, 0.9),
  windows,
  submissions: fc.array(submission, { minLength: 1, maxLength: 5 }),
  requests: fc.array(request, { maxLength: 12 }),
  maxMessages: fc.constantFrom(3, 1000),
  batch: fc.constantFrom(1, 3, 100),
  graceMs: fc.constantFrom(0, 400, MAX_WAIT_MS),
  closesEarly: fc.boolean(),
});

describe('Sender, whatever the provider answers, callers give up and ids repeat', () => {
  it('ends every message once, and as it was', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (planned) => {
        const story = new Story(planned);
        await story.run();
        story.everyMessageEndedOnce();
        story.endsTellWhatHappened();
        story.reportedMessagesWereNotRepeated();
        story.acceptedIdsWereNotRepeated();
        story.repetitionsWereFlagged();
        story.nothingEndedWhatAnotherSends();
        await story.abandonedIdsAreSentAgain();
        story.recipientsKeptTheirOrder();
        story.nobodyWasRefusedForAnOpenWindow();
        story.limitWasKept();
        expect(story.violations).toEqual([]);
      }),
      bounded,
    );
  }, 2_000_000);
});

interface SubmittedMessage {
  readonly message: OutboundMessage;
  readonly place: number;
  readonly traffic: Traffic;
  readonly cancelled: AbortSignal;
  result: SubmissionResult | undefined;
  /** On the wall clock. */
  endedAtMs: number;
}

interface SeenRequest {
  readonly atMs: number;
  readonly messages: readonly OutboundMessage[];
  /** As the sender has to understand it. */
  readonly answer: ProviderAnswer;
}

/** What became of a plan. */
class Story {
  readonly violations: string[] = [];
  readonly #plan: Plan;
  readonly #clock = new FakeClock();
  readonly #store: ContestedStore;
  readonly #sender: Sender;
  readonly #submitted = new Map<OutboundMessage, SubmittedMessage>();
  readonly #requests: SeenRequest[] = [];
  /** Messages of each request that failed before it was written. */
  readonly #unwritten: { readonly failedAtMs: number; readonly messages: readonly OutboundMessage[] }[] = [];
  readonly #events: SenderEvent[] = [];
  readonly #recipientsInFlight = new Set<string>();
  readonly #windows: WatchedWindows;
  #requestsMade = 0;

  constructor(planned: Plan) {
    this.#plan = planned;
    const clock = this.#clock;
    this.#windows = new WatchedWindows({ clock, plan: planned.windows });
    const messages = planned.submissions.flatMap((one) => one.messages.map((each) => this.#messageOf(each)));
    const store = new ContestedStore({ clock, plan: planned.store, messages });
    this.#store = store;
    this.#sender = new Sender({
      accounts: [this.#account((messages, { mayLeave }) => this.#carry(messages, mayLeave))],
      store,
      windowPolicy: planned.windows.policy,
      windows: this.#windows,
      maxMessages: planned.maxMessages,
      clock,
      random: () => planned.random,
      onEvent: (event) => void this.#events.push(event),
    });
  }

  async run(): Promise<void> {
    const clock = this.#clock;
    for (const planned of this.#plan.submissions) {
      await clock.advance(planned.afterMs);
      this.#submit(planned);
    }
    await clock.advance(600);
    if (!this.#plan.closesEarly) await this.#everythingEnds();
    const closed = this.#sender.close({ graceMs: this.#plan.graceMs });
    await clock.advance(MAX_WAIT_MS + 1000);
    await closed;
    const { length } = this.#requests;
    await clock.advance(1000);
    this.#check(this.#requests.length === length, 'a request was made after the close');
    this.#check(this.#sender.messagesWaiting === 0, 'messages wait after the close');
  }

  /** Longer than any pause, rest or hold of a plan lasts, all of them together. */
  async #everythingEnds(): Promise<void> {
    for (let waitedMs = 0; waitedMs < 600_000 && this.#sender.messagesWaiting > 0; waitedMs += 1000) {
      await this.#clock.advance(1000);
    }
    this.#check(this.#sender.messagesWaiting === 0, 'a message did not end by itself');
  }

  everyMessageEndedOnce(): void {
    const submitted = [...this.#submitted.values()];
    this.#check(
      submitted.every(({ result }) => result !== undefined),
      'a message did not end',
    );
    const told = this.#events.filter(({ kind }) => kind === 'settled' || kind === 'unsent');
    this.#check(told.length === submitted.length, `${told.length} ends of ${submitted.length} messages`);
    // Who lost an id, and learns nothing of the end that stands, tells their own.
    const isKnown = (id: string) => this.#plan.store.unanswered !== 'settle' || !this.#store.wasStolen(id);
    const ids = submitted
      .filter(isFirstEnd)
      .map(({ message }) => message.messageId)
      .filter(isKnown);
    this.#check(new Set(ids).size === ids.length, 'an id ended twice');
  }

  endsTellWhatHappened(): void {
    const abandonedIds = new Set([
      ...this.#abandoned.map(({ message }) => message.messageId),
      ...this.#store.abandonedBefore.keys(),
    ]);
    const flaggedIds = this.#flaggedIds('holder-died', 'abandoned');
    for (const submitted of this.#submitted.values()) {
      const { message, result } = submitted;
      if (result?.kind === 'settled' && result.duplicate) continue;
      const carried = this.#requests.filter(({ messages }) => messages.includes(message));
      const answers = carried.map(({ answer }) => answer.kind);
      const maybeSent = answers.includes('ambiguous');
      const last = carried.at(-1);
      if (result?.kind === 'unsent') {
        this.#check(!answers.includes('accepted'), 'unsent, and was sent');
        this.#check(!maybeSent || comesAgain(submitted), 'unsent, and may have been sent');
        continue;
      }
      if (!result) continue;
      const unwritten = this.#unwritten.filter(({ messages }) => messages.includes(message));
      const attempts = result.attempts - carried.length;
      // What fails at that moment, or while the end is being stored, may come too late to be counted.
      const endedMs = submitted.endedAtMs - this.#plan.store.settleMs;
      const least = unwritten.filter(({ failedAtMs }) => failedAtMs < endedMs).length;
      const most = unwritten.filter(({ failedAtMs }) => failedAtMs <= submitted.endedAtMs).length;
      this.#check(least <= attempts && attempts <= most, 'miscounted attempts');
      const { outcome } = result;
      const { messageId } = message;
      const surelyNotSent = !maybeSent && !(this.#isAlone(messageId) && flaggedIds.has(messageId));
      const reason = outcome.kind === 'rejected' ? outcome.error.reason : undefined;
      const key = last?.answer.kind === 'accepted' && last.answer.keys[last.messages.indexOf(message)];
      const holds = {
        accepted: () => outcome.kind === 'accepted' && outcome.key === key,
        rejected: () =>
          surelyNotSent &&
          !answers.includes('accepted') &&
          (reason !== 'PROVIDER_REJECTED' || last?.messages.length === 1),
        expired: () => surelyNotSent && !answers.includes('accepted'),
        unknown: () =>
          outcome.kind === 'unknown' &&
          outcome.error.reason === 'OUTCOME_UNKNOWN' &&
          !outcome.error.retryable &&
          (maybeSent || abandonedIds.has(messageId) || this.#store.wasStolen(messageId)) &&
          !answers.includes('accepted') &&
          (!comesAgain(submitted) || this.#mayNeverBeSent(submitted)),
      };
      this.#check(holds[outcome.kind](), `${outcome.kind} after ${answers.join(', ')}`);
    }
  }

  reportedMessagesWereNotRepeated(): void {
    this.#neverAgain(
      'sent again after a request without an answer',
      ({ answer }, { ambiguousSends }) => answer.kind === 'ambiguous' && ambiguousSends === 'report',
    );
    const reported = this.#requests
      .flatMap(({ messages }) => messages)
      .filter(({ ambiguousSends }) => ambiguousSends === 'report')
      .map(({ messageId }) => messageId);
    const before = this.#store.abandonedBefore;
    this.#check(
      !reported.some((id) => this.#isAlone(id) && before.has(id)),
      'sent although abandoned before',
    );
  }

  acceptedIdsWereNotRepeated(): void {
    this.#neverAgain('sent again after it was accepted', ({ answer }) => answer.kind === 'accepted');
  }

  repetitionsWereFlagged(): void {
    const flagged = this.#flaggedIds('no-answer', 'holder-died', 'abandoned');
    const carried = new Set<string>(this.#store.abandonedBefore.keys());
    for (const { messages, answer } of this.#requests) {
      for (const { messageId } of messages) {
        this.#check(!carried.has(messageId) || flagged.has(messageId), 'sent again without a word');
      }
      if (answer.kind !== 'accepted' && answer.kind !== 'ambiguous') continue;
      for (const { messageId } of messages) carried.add(messageId);
    }
  }

  nothingEndedWhatAnotherSends(): void {
    this.#check(this.#store.wronged.length === 0, 'expired while another replica had it');
  }

  /** By whoever submits them next, on the same store, and who tells that they may have been sent before. */
  async abandonedIdsAreSentAgain(): Promise<void> {
    const ended = new Set(
      [...this.#submitted.values()].filter(isFirstEnd).map(({ message }) => message.messageId),
    );
    const before = [...this.#store.abandonedBefore.values()].filter(
      ({ ambiguousSends }) => ambiguousSends === 'resend',
    );
    const left = new Map(
      [...before, ...this.#abandoned.map(({ message }) => message)]
        .filter(({ messageId }) => !ended.has(messageId) && !this.#store.wasStolen(messageId))
        .map((message) => [message.messageId, { ...message, expireTimeMs: this.#clock.now() + DAY_MS }]),
    );
    if (left.size === 0) return;
    const sent: string[] = [];
    const flagged: string[] = [];
    const next = new Sender({
      accounts: [
        this.#account((messages, { mayLeave }) => {
          if (!mayLeave()) return Promise.resolve({ kind: 'cancelled' });
          sent.push(...messages.map(({ messageId }) => messageId));
          return Promise.resolve(accepted(keysOf(messages, -1, 0)));
        }),
      ],
      store: this.#store,
      maxMessages: left.size,
      clock: this.#clock,
      random: () => 0.1,
      onEvent: (event) => {
        if (event.kind === 'ambiguous') flagged.push(event.messageId);
      },
    });
    void next.submit([...left.values()], { traffic: 'bulk', signal: new AbortController().signal });
    await this.#clock.advance(5000);
    const closed = next.close({ graceMs: 0 });
    await this.#clock.advance(1000);
    await closed;
    const ids = [...left.keys()].toSorted().join();
    this.#check(sent.toSorted().join() === ids, 'abandoned, and not sent again');
    this.#check(flagged.toSorted().join() === ids, 'sent again without a word');
  }

  /** Of messages whose id was used once: a repetition waits for the first use of its id, and may be passed meanwhile. */
  recipientsKeptTheirOrder(): void {
    const accepted = this.#requests.filter(({ answer }) => answer.kind === 'accepted');
    const sent = accepted
      .flatMap(({ messages }) => messages)
      .filter(({ messageId }) => this.#isAlone(messageId));
    for (const recipient of new Set(sent.map(({ phoneNumber }) => phoneNumber))) {
      const places = sent
        .filter(({ phoneNumber }) => phoneNumber === recipient)
        .map((one) => this.#submitted.get(one)?.place ?? NaN);
      this.#check(
        places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0)),
        'messages to one recipient changed places',
      );
    }
  }

  nobodyWasRefusedForAnOpenWindow(): void {
    for (const { message, result } of this.#submitted.values()) {
      if (result?.kind !== 'settled' || result.outcome.kind !== 'rejected') continue;
      if (result.outcome.error.reason !== 'WINDOW_CLOSED') continue;
      this.#check(
        result.duplicate || this.#windows.wasEverClosed(message.phoneNumber),
        'refused for a window that was never found closed',
      );
    }
  }

  limitWasKept(): void {
    const worst = worstSecond(this.#requests.map(({ atMs }) => atMs));
    this.#check(worst <= LIMIT_PER_SECOND, `${worst} requests in a second`);
  }

  /** Those that ended unsent after a request that may have sent them. */
  get #abandoned(): SubmittedMessage[] {
    return [...this.#submitted.values()].filter(
      ({ message, result }) =>
        result?.kind === 'unsent' &&
        this.#requests.some(
          ({ messages, answer }) => answer.kind === 'ambiguous' && messages.includes(message),
        ),
    );
  }

  #isAlone(id: string): boolean {
    return [...this.#submitted.keys()].filter(({ messageId }) => messageId === id).length === 1;
  }

  #flaggedIds(...causes: readonly string[]): ReadonlySet<string> {
    return new Set(
      this.#events.flatMap((event) =>
        event.kind === 'ambiguous' && causes.includes(event.cause) ? [event.messageId] : [],
      ),
    );
  }

  /** Its time is over, its window closed, or the provider refused it alone. */
  #mayNeverBeSent({ message, endedAtMs }: SubmittedMessage): boolean {
    return (
      endedAtMs >= message.expireTimeMs ||
      this.#windows.wasEverClosed(message.phoneNumber) ||
      this.#requests.some(
        ({ messages, answer }) =>
          messages.length === 1 &&
          messages[0] === message &&
          (answer.kind === 'message-refused' || answer.kind === 'account-refused'),
      )
    );
  }

  #account(send: Provider['send']): SenderAccount {
    return {
      name: 'default',
      provider: { send },
      permits: exactPermits(this.#clock, LIMIT_PER_SECOND),
      maxMessagesPerRequest: this.#plan.batch,
    };
  }

  #submit({ traffic, messages: planned, cancelledAfterMs }: PlannedSubmission): void {
    const given = new AbortController();
    const messages = planned.map((each) => this.#messageOf(each));
    if (cancelledAfterMs !== undefined) {
      void this.#clock.sleep(cancelledAfterMs).then(() => given.abort());
    }
    void this.#sender.submit(messages, { traffic, signal: given.signal }).then((taken) => {
      if (taken.kind === 'refused') return;
      for (const [index, message] of messages.entries()) {
        const submitted: SubmittedMessage = {
          message,
          place: this.#submitted.size,
          traffic,
          cancelled: given.signal,
          result: undefined,
          endedAtMs: NaN,
        };
        this.#submitted.set(message, submitted);
        void taken.results[index]?.then((result) => {
          submitted.result = result;
          submitted.endedAtMs = this.#clock.now();
        });
      }
    });
  }

  /** With its time, from now on. */
  #messageOf({ id, recipient, body, policy, expiresInMs }: PlannedMessage): OutboundMessage {
    return outboundMessage({
      messageId: id,
      phoneNumber: recipient,
      text: { body, previewUrl: false },
      ambiguousSends: policy,
      expireTimeMs: this.#clock.now() + expiresInMs,
    });
  }

  async #carry(messages: readonly OutboundMessage[], mayLeave: () => boolean): Promise<ProviderAnswer> {
    const planned = this.#plan.requests[this.#requestsMade] ?? ACCEPTED_AT_ONCE;
    this.#requestsMade += 1;
    const { answer, connectMs, latencyMs } = planned;
    if (connectMs > 0) await this.#clock.sleep(connectMs);
    if (answer.kind === 'not-written') return { kind: 'cancelled' };
    if (answer.kind === 'throws' && !answer.written) {
      this.#unwritten.push({ failedAtMs: this.#clock.now(), messages });
      throw new Error('before it was written');
    }
    if (!mayLeave()) return { kind: 'cancelled' };

    const number = this.#requests.length;
    const understood = asUnderstood(answer, messages, number);
    this.#requests.push({ atMs: this.#clock.monotonicMs(), messages, answer: understood });
    this.#mayBeCarried(messages);
    const recipients = new Set(messages.map(({ phoneNumber }) => phoneNumber));
    for (const recipient of recipients) this.#recipientsInFlight.add(recipient);
    if (latencyMs > 0) await this.#clock.sleep(latencyMs);
    for (const recipient of recipients) this.#recipientsInFlight.delete(recipient);
    if (answer.kind === 'throws') throw new Error('after it was written');
    return answer.kind === 'given' ? answer.answer : accepted(keysOf(messages, number, answer.more));
  }

  #mayBeCarried(messages: readonly OutboundMessage[]): void {
    this.#check(messages.length > 0 && messages.length <= this.#plan.batch, 'bounds of a request');
    for (const message of messages) {
      // In doubles, a moment of the wall clock is exact to a fraction of a microsecond: at its very end it may be sent.
      this.#check(message.expireTimeMs >= this.#clock.now(), 'sent after its time');
      this.#check(this.#submitted.get(message)?.cancelled.aborted === false, 'sent after it was given up');
      this.#check(!this.#recipientsInFlight.has(message.phoneNumber), 'two requests with one recipient');
    }
    for (const recipient of new Set(messages.map(({ phoneNumber }) => phoneNumber))) {
      this.#check(
        this.#windows.mayBeCarried(recipient),
        'sent without a look at its window, or although closed',
      );
    }
  }

  #neverAgain(what: string, isLast: (request: SeenRequest, message: OutboundMessage) => boolean): void {
    const over = new Set<string>();
    for (const request of this.#requests) {
      for (const message of request.messages) {
        const isOver = over.has(message.messageId) && !this.#store.wasStolen(message.messageId);
        this.#check(!isOver, what);
        if (isLast(request, message)) over.add(message.messageId);
      }
    }
  }

  #check(holds: boolean | undefined, violation: string): void {
    if (holds !== true) this.violations.push(violation);
  }
}

const ACCEPTED_AT_ONCE: PlannedRequest = { answer: { kind: 'keys', more: 0 }, connectMs: 0, latencyMs: 0 };

/** In other words than the sender's, so that both are not wrong alike. */
function comesAgain({ message, traffic }: SubmittedMessage): boolean {
  return traffic !== 'interactive' && message.ambiguousSends !== 'report';
}

/** Whether the id came to its end with this submission. */
function isFirstEnd({ result }: SubmittedMessage): boolean {
  if (result?.kind !== 'settled' || result.duplicate) return false;
  return result.outcome.kind !== 'rejected' || result.outcome.error.reason !== 'IDEMPOTENCY_CONFLICT';
}

function given(answer: ProviderAnswer): PlannedAnswer {
  return { kind: 'given', answer };
}

function accepted(keys: readonly string[]): ProviderAnswer {
  return { kind: 'accepted', keys };
}

function keysOf(messages: readonly OutboundMessage[], request: number, more: number): readonly string[] {
  return Array.from({ length: messages.length + more }, (_, index) => `key-${request}-${index}`);
}

/** Keys that do not fit, and a request that broke off, may have sent the messages. */
function asUnderstood(
  answer: Exclude<PlannedAnswer, { kind: 'not-written' }>,
  messages: readonly OutboundMessage[],
  request: number,
): ProviderAnswer {
  if (answer.kind === 'given') return answer.answer;
  if (answer.kind === 'throws' || answer.more !== 0) return { kind: 'ambiguous', message: '' };
  return accepted(keysOf(messages, request, 0));
}
