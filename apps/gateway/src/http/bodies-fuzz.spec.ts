import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { OutboundMessage } from '@parley/sender';
import { faultsOfMessage, propertyRuns } from '@parley/testing';
import { mutatedJson } from '@parley/testing/mutated-json';
import fc from 'fast-check';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Sending, Sent } from '../sending/sending.ts';
import { NO_TRACING } from '../tracing/tracing.ts';
import { SendController } from './send.controller.ts';

const RUNS = propertyRuns(4_000);
const MAX_RUN_MS = 60_000 + RUNS;
const MAX_SENTENCES = 60;

const BODIES = [
  { messages: [{ phoneNumber: '+15550001234', message: { type: 'text', text: { body: 'Hello' } } }] },
  {
    messages: [
      {
        phoneNumber: '+15550001234',
        message: { type: 'text', text: { body: 'Hello 👋', preview_url: true } },
      },
      { phoneNumber: '+447400123456', message: { type: 'text', text: { body: 'x' } }, more: [{ a: 1 }] },
    ],
  },
];

/** Valid bodies in which something went wrong. */
const mutated = mutatedJson(fc.constantFrom(...BODIES), { atMost: 2 }).map((body) =>
  JSON.stringify(body ?? null),
);

const body = fc.oneof(
  { weight: 14, arbitrary: mutated.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: mutated.map((text) => Buffer.from(text, 'latin1')) },
  { weight: 1, arbitrary: mutated.map((text) => Buffer.from(text.slice(0, -1))) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const sent: OutboundMessage[] = [];
const sending = {
  send: (messages: readonly OutboundMessage[]): Promise<Sent> => {
    sent.push(...messages);
    const outcome = { kind: 'accepted', key: 'k' } as const;
    const results = messages.map(
      () => ({ kind: 'settled', outcome, duplicate: false, attempts: 1 }) as const,
    );
    return Promise.resolve({ kind: 'ended', results, told: Promise.resolve(true) });
  },
} as unknown as Sending;
const configuration = { ambiguousSends: 'resend' } as unknown as Configuration;
const controller = new SendController(sending, new Callers(undefined), configuration, NO_TRACING);

/** What is answered to a body, as the framework hands it on. */
async function answerTo(bytes: Buffer | undefined): Promise<{ status: number; body: Answer }> {
  const answer = { status: 0, body: {} as Answer };
  const reply = {
    raw: new EventEmitter(),
    header: () => reply,
    status: (status: number) => Object.assign(reply, { to: (answer.status = status) }),
    send: (told: Answer) => Promise.resolve((answer.body = told)),
  };
  const request = { headers: {}, body: bytes };
  await controller.send(request as unknown as FastifyRequest, reply as unknown as FastifyReply);
  reply.raw.emit('close');
  return answer;
}

interface Answer {
  readonly keys?: readonly string[];
  readonly errors?: string;
  readonly error?: { readonly code: unknown };
}

describe('POST /v1/conversational/send', () => {
  it(
    `takes each of ${RUNS.toLocaleString('en')} bodies that no one would send on purpose as valid, or names in the provider's shape and fixed sentences what is wrong, and quotes none`,
    async () => {
      const sentences = new Set<string>();
      const seen = { 200: 0, 400: 0 };
      let cases = 0;
      await fc.assert(
        fc.asyncProperty(body, async (bytes) => {
          // Timers of calls that are over go only when the loop comes round.
          if ((cases += 1) % 100 === 0) await setImmediate();
          sent.length = 0;
          const answer = await answerTo(bytes);
          if (answer.status !== 200 && answer.status !== 400) throw new Error(`status ${answer.status}`);
          seen[answer.status] += 1;
          const [fault] = sent.flatMap(faultsOfMessage);
          if (fault !== undefined) throw new Error(fault);
          if (answer.status === 200 && answer.body.keys?.length !== sent.length) throw new Error('keys');
          if (answer.status === 400 && sent.length > 0) throw new Error('sent in spite of it');
          const code = answer.body.error?.code;
          if (answer.status === 400 && code !== 2002 && code !== '2001') throw new Error('another error');
          // Of what was given, a sentence may tell an index or a length.
          const told = answer.body.errors?.split('; ') ?? [];
          for (const sentence of told) sentences.add(sentence.replace(/\d+/g, '#'));
        }),
        { numRuns: RUNS },
      );
      // A sentence that quoted a body would be another one with each.
      expect(sentences.size).toBeLessThanOrEqual(MAX_SENTENCES);
      for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100);
    },
    MAX_RUN_MS,
  );
});
