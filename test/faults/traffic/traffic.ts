import type { Bus, OutgoingRecord } from '@parley/kafka';
import { monotonicMs } from '@parley/testing';
import type { CallEnd } from '@parley/testing/gateway-client';
import { Conversation } from '../kill/conversation.ts';
import type { Call, Replica, Said } from '../kill/conversation.ts';

export interface TrafficOptions {
  readonly replicas: readonly Replica[];
  readonly bus: Pick<Bus, 'send'>;
  readonly topic: string;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** A message by HTTP, which has no id but the one the gateway makes: its caller never repeats it. */
export interface Posted extends Call {
  readonly body: string;
  readonly recipient: string;
  /** Undefined when there was no answer in time. */
  readonly status: number | undefined;
  /** Why there was none: the code of the connection's error, such as `ECONNREFUSED`. */
  readonly failure: string | undefined;
}

/** A call by gRPC that failed. */
export interface FailedCall extends Call {
  readonly code: string;
  readonly reason: string | undefined;
}

/**
 * Callers at every door, each with recipients of its own, of whom a few get much more than the others. Bodies are ids, and
 * unique.
 */
export class Traffic {
  /** By HTTP, in the order in which they ended. */
  readonly posted: Posted[] = [];
  readonly failedCalls: FailedCall[] = [];
  /** Ids of records, acknowledged or not. */
  readonly produced = new Set<string>();
  /** Calls that nobody could make because every recipient of that door still waited. */
  heldUp = 0;
  readonly #options: TrafficOptions;
  readonly #conversations: readonly Conversation[];
  readonly #talking = new Set<Conversation>();
  readonly #posting = new Set<string>();
  #made = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { replicas, random } = options;
    this.#conversations = recipients('10', GRPC_RECIPIENTS).map(
      (recipient) =>
        new Conversation({
          recipient,
          replicas,
          random,
          over: NEVER,
          onCallEnd: (end, call) => this.#noteFailure(end, call),
        }),
    );
  }

  get conversations(): readonly (readonly Said[])[] {
    return this.#conversations.map(({ said }) => said);
  }

  /** Resolves when the calls that one of the doors got now have ended. */
  next(): Promise<void> {
    const door = this.#options.random();
    if (door < GRPC_SHARE) return this.#talk();
    return door < GRPC_SHARE + HTTP_SHARE ? this.#post() : this.#produce();
  }

  async #talk(): Promise<void> {
    const conversation = this.#pick(this.#conversations, (one) => !this.#talking.has(one));
    if (!conversation) return;
    this.#talking.add(conversation);
    await conversation.turn();
    this.#talking.delete(conversation);
  }

  async #post(): Promise<void> {
    const recipient = this.#pick(HTTP_NUMBERS, (one) => !this.#posting.has(one));
    if (recipient === undefined) return;
    this.#posting.add(recipient);
    const { replicas, random } = this.#options;
    const body = `http-${++this.#made}`;
    const replica = replicas[Math.floor(random() * replicas.length)];
    if (!replica) throw new Error('nobody to call');
    const fromMs = monotonicMs();
    const end = await replica.gateway
      .sendOverHttp({ messageId: '', phoneNumber: recipient, text: { body } })
      .then(({ status }) => ({ status, failure: undefined }))
      .catch((error: unknown) => ({ status: undefined, failure: codeOf(error) }));
    this.posted.push({ body, recipient, replica: replica.name, fromMs, toMs: monotonicMs(), ...end });
    this.#posting.delete(recipient);
  }

  /** What is not acknowledged is on the topic or not: the topic is read in the end. */
  async #produce(): Promise<void> {
    const { random, bus } = this.#options;
    const records = Array.from({ length: 1 + Math.floor(random() * MOST_RECORDS) }, () => this.#record());
    await bus.send(records).catch(() => undefined);
  }

  #record(): OutgoingRecord {
    const { random, topic } = this.#options;
    const phoneNumber = this.#pick(KAFKA_NUMBERS, () => true);
    const messageId = `kafka-${++this.#made}`;
    this.produced.add(messageId);
    const ambiguousSends = random() < 0.5 ? 'resend' : 'report';
    const value = { messageId, account: 'default', phoneNumber, text: { body: messageId }, ambiguousSends };
    return { topic, key: phoneNumber ?? '', value: JSON.stringify(value) };
  }

  #noteFailure(end: CallEnd, call: Call): void {
    if (end.kind === 'failed') this.failedCalls.push({ ...call, code: end.code, reason: end.reason });
  }

  /** One that is free: of the hot ones, as often as they are to be picked. */
  #pick<T>(all: readonly T[], isFree: (one: T) => boolean): T | undefined {
    const { random } = this.#options;
    const hot = random() < HOT_SHARE ? all.slice(0, HOT).filter(isFree) : [];
    const free = hot.length > 0 ? hot : all.filter(isFree);
    if (free.length === 0) this.heldUp += 1;
    return free[Math.floor(random() * free.length)];
  }
}

function codeOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code ?? (error as Error).name;
}

const NEVER = new AbortController().signal;
const GRPC_SHARE = 0.45;
const HTTP_SHARE = 0.15;
const MOST_RECORDS = 3;
/** How many of each door get how much of its traffic. */
const HOT = 8;
const HOT_SHARE = 0.3;
const GRPC_RECIPIENTS = 300;
const HTTP_NUMBERS = recipients('20', 150);
const KAFKA_NUMBERS = recipients('30', 300);

function recipients(door: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, nth) => `+49151${door}${String(nth).padStart(6, '0')}`);
}
