import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '@parley/testing';
import type { CallEnd, Result, Text } from '@parley/testing/gateway-client';
import type { GatewayProcess } from '../gateway-process.ts';

const CALL_TIMEOUT_MS = 30_000;
const MOST_MESSAGES_PER_CALL = 3;
/** Before a repetition whose answer asked for no delay. */
const REPEAT_AFTER_MS = { least: 20, most: 120 };

/** One message of a conversation, and what its caller knows of it. */
export interface Said {
  readonly id: string;
  readonly recipient: string;
  readonly policy: 'resend' | 'report';
  /** Of the call that carried it first. */
  readonly call: number;
  /** Every call that carried it. */
  readonly calls: Call[];
  /** How it ended: `ACCEPTED`, `UNKNOWN` …; undefined until it did. */
  outcome: string | undefined;
}

/** One call at one replica, on the machine's monotonic clock. */
export interface Call {
  readonly replica: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Replica {
  readonly name: string;
  readonly gateway: GatewayProcess;
}

export interface ConversationOptions {
  readonly recipient: string;
  readonly replicas: readonly Replica[];
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Ends it after the call that is under way. */
  readonly over: AbortSignal;
  readonly onCallEnd?: (end: CallEnd, call: Call) => void;
}

/**
 * Says one thing after the other to one recipient, in calls of one to three messages. A call begins when every message
 * of the one before has an outcome; until then those without are repeated, under their ids, at whichever gateway is up.
 */
export class Conversation {
  /** In the order of saying. */
  readonly said: Said[] = [];
  readonly #options: ConversationOptions;
  #calls = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** Resolves after `over`, when every message has an outcome. */
  async hold(): Promise<void> {
    while (!this.#options.over.aborted) await this.turn();
  }

  /** Says one call's messages. Resolves when every one of them has an outcome. */
  async turn(): Promise<void> {
    const { random } = this.#options;
    this.#calls += 1;
    const messages = Array.from({ length: 1 + Math.floor(random() * MOST_MESSAGES_PER_CALL) }, () =>
      this.#say(),
    );
    await this.#untilEnded(messages);
  }

  #say(): Said {
    const { recipient, random } = this.#options;
    const said: Said = {
      id: `${recipient.slice(1)}-${this.said.length}`,
      recipient,
      policy: random() < 0.5 ? 'resend' : 'report',
      call: this.#calls,
      calls: [],
      outcome: undefined,
    };
    this.said.push(said);
    return said;
  }

  async #untilEnded(messages: readonly Said[]): Promise<void> {
    const { replicas, random, onCallEnd } = this.#options;
    let choice = Math.floor(random() * replicas.length);
    let open = messages;
    while (open.length > 0) {
      const replica = replicas[choice];
      if (!replica) throw new Error('nobody to call');
      const fromMs = monotonicMs();
      const answer = await replica.gateway.send(open.map(textOf), { timeoutMs: CALL_TIMEOUT_MS });
      const call = { replica: replica.name, fromMs, toMs: monotonicMs() };
      for (const { calls } of open) calls.push(call);
      onCallEnd?.(answer, call);
      if (answer.kind === 'results') note(open, answer.results);
      open = open.filter(({ outcome }) => outcome === undefined);
      if (open.length === 0) return;
      const asked = answer.kind === 'failed' ? answer.retryAfterMs : undefined;
      if (asked === undefined) choice = (choice + 1) % replicas.length;
      const { least, most } = REPEAT_AFTER_MS;
      await sleep(asked ?? least + random() * (most - least));
    }
  }
}

/** A rejection that a later call may mend is no outcome. */
function note(messages: readonly Said[], results: readonly Result[]): void {
  for (const [index, message] of messages.entries()) {
    const result = results[index];
    if (!result || result.error?.retryable) continue;
    message.outcome = result.outcome;
  }
}

function textOf({ id, recipient, policy }: Said): Text {
  return {
    messageId: id,
    phoneNumber: recipient,
    text: { body: id },
    ambiguousSends: policy === 'resend' ? 'AMBIGUOUS_SENDS_RESEND' : 'AMBIGUOUS_SENDS_REPORT',
  };
}
