import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { FaultyProvider, accept, answer } from './faulty-provider.ts';
import { GatewayProcess } from './gateway-process.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';
import { textOf, textsOf } from './texts.ts';

const START_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 20_000;
const RETRY_AFTER_SECONDS = 5;
const DEADLINE_MS = 300;
/** Of who is caught by it: a tenth of that is kept back for the answer to arrive. */
const PATIENT_DEADLINE_MS = 1_000;
const ANSWERED_WITHIN_MS = 100;
const HURRIED = 20;
/** So many of them may be slower: the machine may do something else for a moment. */
const DISTURBED = 2;

describe('A deadline', () => {
  let provider: FaultyProvider;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    provider = await FaultyProvider.listen();
    gateway = await GatewayProcess.start({ providerUrl: provider.url });
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await gateway.stop();
    await provider.close();
  }, START_TIMEOUT_MS);

  it(
    'that ends before the provider lets anybody send is refused at once, and neither it nor a cancelled call is ever sent',
    async () => {
      expect(await gateway.send([textOf()])).toMatchObject({ kind: 'results' });
      provider.behaviour = (_, response) => {
        provider.behaviour = accept;
        answer(response, 429, {}, { 'retry-after': String(RETRY_AFTER_SECONDS) });
      };

      // It was throttled itself, and its caller is told that.
      const caught = textOf({ prefix: 'caught' });
      const caughtEnd = await gateway.send([caught], { timeoutMs: PATIENT_DEADLINE_MS });
      expect(caughtEnd).toMatchObject({ kind: 'failed', code: 'UNAVAILABLE', reason: 'RATE_LIMITED' });
      expect(caughtEnd.durationMs).toBeLessThan(PATIENT_DEADLINE_MS + latencyBoundMs(ANSWERED_WITHIN_MS));

      const hurried = textsOf(HURRIED, { prefix: 'hurried' });
      const durations: number[] = [];
      for (const text of hurried) {
        const end = await gateway.send([text], { timeoutMs: DEADLINE_MS });
        expect(end).toMatchObject({ kind: 'failed', code: 'RESOURCE_EXHAUSTED', reason: 'WAIT_TOO_LONG' });
        expect(end).toMatchObject({ retryAfterMs: expect.any(Number) });
        durations.push(end.durationMs);
      }
      const best = durations.toSorted((a, b) => a - b).slice(0, HURRIED - DISTURBED);
      expect(best.at(-1)).toBeLessThan(ANSWERED_WITHIN_MS);

      const cancelled = textsOf(20, { prefix: 'cancelled' });
      const cancelling = new AbortController();
      const calls = cancelled.map((text) => gateway.send([text], { signal: cancelling.signal }));
      const patient = gateway.send([textOf({ prefix: 'patient' })]);
      // Answered after the calls before it have been taken: they share a connection.
      await gateway.send([textOf()], { timeoutMs: DEADLINE_MS });
      cancelling.abort();
      for (const end of await Promise.all(calls)) expect(end).toMatchObject({ code: 'CANCELLED' });
      const unsent = () => new Set(gateway.log.of('unsent').map(({ messageId }) => messageId));
      await until('the gateway gives them up', () => cancelled.every((text) => unsent().has(text.messageId)));

      // Once this one is sent, the others would have been: they stood before it.
      expect(await patient).toMatchObject({ kind: 'results', results: [{ outcome: 'ACCEPTED' }] });
      expect(await gateway.send([textOf()])).toMatchObject({ kind: 'results' });
      for (const { messageId } of [...hurried, ...cancelled]) expect(provider.timesSeen(messageId)).toBe(0);
      expect(provider.timesSeen(caught.messageId)).toBe(1);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'a message whose deadline passes behind another one of its recipient is never sent',
    async () => {
      const [first, second] = [textOf(), textOf()];
      provider.behaviour = (arrival, response) => {
        provider.behaviour = accept;
        setTimeout(() => accept(arrival, response), 3 * DEADLINE_MS);
      };
      const sendingFirst = gateway.send([first]);
      await until('the first is on its way', () => provider.timesSeen(first.messageId) === 1);
      const behind = { ...second, phoneNumber: first.phoneNumber };
      const end = await gateway.send([behind], { timeoutMs: DEADLINE_MS });
      expect(end).toMatchObject({ kind: 'failed', code: 'DEADLINE_EXCEEDED' });
      expect(await sendingFirst).toMatchObject({ results: [{ outcome: 'ACCEPTED' }] });
      const next = { ...textOf(), phoneNumber: first.phoneNumber };
      expect(await gateway.send([next])).toMatchObject({ results: [{ outcome: 'ACCEPTED' }] });
      expect(provider.timesSeen(second.messageId)).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});
