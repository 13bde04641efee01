import { afterEach } from '@jest/globals';
import { FakeClock, outboundMessage, ScriptedProvider } from '@parley/testing';
import type { ProviderRequest } from '@parley/testing';
import type { SenderEvent } from '../events.ts';
import { InProcessMessageStore } from '../in-process-message-store.ts';
import type { Traffic } from '../job.ts';
import { LocalSlotClock } from '../local-slot-clock.ts';
import type { MessageStore } from '../message-store.ts';
import type { OutboundMessage } from '../message.ts';
import { PacedPermits } from '../paced-permits.ts';
import type { Provider, ProviderAnswer } from '../provider.ts';
import type { RecipientPace } from '../recipient-pacing.ts';
import { Sender } from '../sender.ts';
import type { Submission } from '../sender.ts';
import type { WindowPolicy } from '../service-window.ts';
import type { WindowStore } from '../window-store.ts';
import { Results } from './results.ts';

export type ProviderScript = (request: ProviderRequest, index: number) => ProviderAnswer;

export interface Circumstances {
  /** Of each answer. */
  readonly latencyMs?: number;
  readonly maxMessages?: number;
  readonly maxBodyBytes?: number;
  /** Messages per request. */
  readonly batch?: number;
  /** How long the store takes to claim. */
  readonly claimMs?: number;
  readonly recipientPace?: RecipientPace;
  readonly random?: () => number;
  /** In place of the memory of this process. */
  readonly store?: (clock: FakeClock) => MessageStore;
  readonly windowPolicy?: WindowPolicy;
  /** What is known of recipients' windows. @default nothing */
  readonly windows?: WindowStore;
  /** Put between the sender and the scripted provider. */
  readonly provider?: (scripted: ScriptedProvider, clock: FakeClock) => Provider;
}

export interface SenderUnderTest {
  readonly clock: FakeClock;
  readonly provider: ScriptedProvider;
  readonly store: MessageStore;
  readonly sender: Sender;
  readonly events: SenderEvent[];
  /** Gives up everything that {@link submit} submitted. */
  readonly abort: AbortController;
  /** Throws when the submission is refused. */
  readonly submit: (messages: readonly OutboundMessage[], traffic?: Traffic) => Promise<Results>;
  readonly submitFor: (waitMs: number, messages: readonly OutboundMessage[]) => Promise<Submission>;
  readonly close: () => Promise<void>;
}

const made: SenderUnderTest[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map(({ close }) => close()));
});

/**
 * A sender with one account, `default`, of ten requests a second, on a clock that stands still and at a provider that
 * answers as the script says; it accepts everything when left out. Closed after the test.
 */
export function senderUnderTest(script?: ProviderScript, circumstances: Circumstances = {}): SenderUnderTest {
  const { latencyMs = 0, maxMessages = 10_000, maxBodyBytes, batch = 100, recipientPace } = circumstances;
  const clock = new FakeClock();
  const provider = new ScriptedProvider({ clock, latencyMs, ...(script && { script }) });
  const store = circumstances.store?.(clock) ?? slowToClaim(circumstances.claimMs ?? 0, clock);
  const events: SenderEvent[] = [];
  const account = {
    name: 'default',
    provider: circumstances.provider?.(provider, clock) ?? provider,
    permits: exactPermits(clock),
    maxMessagesPerRequest: batch,
    recipientPace,
  };
  const sender = new Sender({
    accounts: [account],
    store,
    ...(circumstances.windowPolicy && { windowPolicy: circumstances.windowPolicy }),
    ...(circumstances.windows && { windows: circumstances.windows }),
    maxMessages,
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    clock,
    random: circumstances.random ?? (() => 0.5),
    onEvent: (event) => void events.push(event),
  });
  const abort = new AbortController();
  const submit = async (messages: readonly OutboundMessage[], traffic: Traffic = 'bulk') => {
    const submission = await sender.submit(messages, { traffic, signal: abort.signal });
    if (submission.kind === 'refused') throw new Error(`refused: ${submission.error.reason}`);
    return new Results(submission.results);
  };
  const submitFor = (waitMs: number, messages: readonly OutboundMessage[]) =>
    sender.submit(messages, { traffic: 'interactive', signal: abort.signal, waitMs });
  const close = async () => {
    const closed = sender.close({ graceMs: 0 });
    await clock.advance(60_000);
    await closed;
  };
  const underTest = { clock, provider, store, sender, events, abort, submit, submitFor, close };
  made.push(underTest);
  return underTest;
}

/** Without a distance to the limit, so that moments are round. */
export function exactPermits(clock: FakeClock, limitPerSecond = 10): PacedPermits {
  const margin = { ms: 0, answered: () => undefined, throttled: () => undefined };
  return new PacedPermits({ clock, slots: new LocalSlotClock({ clock }), limitPerSecond, margin });
}

/** Each to a recipient of its own. */
export function messagesTo(
  count: number,
  overrides: (index: number) => Partial<OutboundMessage> = () => ({}),
): OutboundMessage[] {
  return Array.from({ length: count }, (_, index) =>
    outboundMessage({ phoneNumber: `+1415555${String(index).padStart(4, '0')}`, ...overrides(index) }),
  );
}

function slowToClaim(claimMs: number, clock: FakeClock): MessageStore {
  const store = new InProcessMessageStore({ clock, ttlMs: 3_600_000, maxRemembered: 100_000 });
  if (claimMs === 0) return store;
  const claim = store.claim.bind(store);
  store.claim = async (requests) => {
    await clock.sleep(claimMs);
    return claim(requests);
  };
  return store;
}
