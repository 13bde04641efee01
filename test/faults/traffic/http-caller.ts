import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '@parley/testing';
import type { Text } from '@parley/testing/gateway-client';
import type { Replica } from '../kill/conversation.ts';
import { textOf } from '../texts.ts';

const REPEAT_AFTER_MS = 200;

/** One call at one replica, on the machine's monotonic clock. */
export interface HttpCall {
  readonly id: string;
  readonly replica: string;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** Why none came: the code of the connection's error, such as `ECONNREFUSED`. */
  readonly failure: string | undefined;
}

export interface HttpCallerOptions {
  readonly replicas: readonly Replica[];
  readonly random: () => number;
  readonly pauseMs: number;
  readonly over: AbortSignal;
}

/**
 * A client of the provider that was pointed at gateways, over connections that stay open: one text at a time, each
 * repeated elsewhere while it was surely not taken.
 */
export class HttpCaller {
  readonly calls: HttpCall[] = [];
  readonly #options: HttpCallerOptions;

  constructor(options: HttpCallerOptions) {
    this.#options = options;
  }

  async keepCalling(): Promise<void> {
    const { random, pauseMs, over } = this.#options;
    while (!over.aborted) {
      await this.#sendOne();
      await sleep(pauseMs * 2 * random());
    }
  }

  async #sendOne(): Promise<void> {
    const { replicas, random, over } = this.#options;
    const text = textOf({ prefix: 'http' });
    let choice = Math.floor(random() * replicas.length);
    do {
      const replica = replicas[choice++ % replicas.length];
      if (!replica) throw new Error('nobody to call');
      const call = await callOf(text, replica);
      this.calls.push(call);
      if (!wasSurelyNotTaken(call)) return;
      await sleep(REPEAT_AFTER_MS);
    } while (!over.aborted);
  }
}

async function callOf(text: Text, { name, gateway }: Replica): Promise<HttpCall> {
  const beganAtMs = monotonicMs();
  const end = await gateway
    .sendOverHttp(text)
    .then(({ status }) => ({ status, failure: undefined }))
    .catch((error: unknown) => ({ status: undefined, failure: codeOf(error) }));
  return { id: text.messageId, replica: name, beganAtMs, endedAtMs: monotonicMs(), ...end };
}

function wasSurelyNotTaken({ status, failure }: HttpCall): boolean {
  return failure === 'ECONNREFUSED' || status === 429 || status === 503;
}

function codeOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code ?? (error as Error).name;
}
