import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FaultyProvider, accept } from './faulty-provider.ts';
import type { Behaviour } from './faulty-provider.ts';
import { GatewayProcess } from './gateway-process.ts';
import { textOf, textsOf } from './texts.ts';

const START_TIMEOUT_MS = 60_000;
const TIMEOUT_MS = 1_000;
const MESSAGES = 3;
/** Longer than the first two delays before a repetition. */
const QUIET_MS = 500;
const OTHERS_TIMEOUT_MS = 3_000;

/** What becomes of the connection once the provider has taken the messages. */
const LOSSES: readonly { readonly loss: string; readonly lose: Behaviour }[] = [
  { loss: 'the connection is closed', lose: (_, { socket }) => socket?.destroy() },
  { loss: 'the connection is reset', lose: (_, { socket }) => socket?.resetAndDestroy() },
  { loss: 'the connection is half closed', lose: (_, { socket }) => socket?.end() },
  { loss: 'nothing is said until the time limit', lose: () => undefined },
];

describe('A request that was written, when', () => {
  let provider: FaultyProvider;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    provider = await FaultyProvider.listen();
    gateway = await GatewayProcess.start({
      providerUrl: provider.url,
      settings: { INSIDER_TIMEOUT_MS: String(TIMEOUT_MS) },
    });
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await gateway.stop();
    await provider.close();
  }, START_TIMEOUT_MS);

  describe.each(LOSSES)('$loss', ({ lose }) => {
    function loseAnswersTo(isTarget: (id: string) => boolean, times: number): void {
      let left = times;
      provider.behaviour = (arrival, response) => {
        if (left === 0 || !arrival.ids.some(isTarget)) {
          accept(arrival, response);
        } else {
          left -= 1;
          arrival.taken = true;
          lose(arrival, response);
        }
      };
    }

    it('is reported as unknown, once for each message, and never made again', async () => {
      const texts = textsOf(MESSAGES, { prefix: 'report', ambiguousSends: 'AMBIGUOUS_SENDS_REPORT' });
      const ids = texts.map(({ messageId }) => messageId);
      loseAnswersTo((id) => ids.includes(id), Infinity);

      const end = await gateway.send(texts);

      expect(end).toMatchObject({
        kind: 'results',
        results: ids.map((messageId) => ({
          messageId,
          outcome: 'UNKNOWN',
          error: { reason: 'OUTCOME_UNKNOWN', retryable: false },
        })),
      });
      expect(ambiguousOf(ids)).toEqual(ids.toSorted());
      const again = await gateway.send(texts);
      expect(again).toMatchObject({ results: ids.map(() => ({ outcome: 'UNKNOWN', duplicate: true })) });
      await expectNoMoreThan(1, ids);
    });

    it('is made once more when its messages allow that, and never again', async () => {
      const texts = textsOf(MESSAGES, { prefix: 'resend', ambiguousSends: 'AMBIGUOUS_SENDS_RESEND' });
      const ids = texts.map(({ messageId }) => messageId);
      loseAnswersTo((id) => ids.includes(id), 1);

      const end = await gateway.send(texts);

      expect(end).toMatchObject({ results: ids.map(() => ({ outcome: 'ACCEPTED', duplicate: false })) });
      expect(ambiguousOf(ids)).toEqual(ids.toSorted());
      await expectNoMoreThan(2, ids);
      expect(ids.map((id) => provider.timesSeen(id))).toEqual(ids.map(() => 2));
    });

    it('is made again, when its messages allow that, until an answer comes, and that is told each time', async () => {
      const texts = textsOf(MESSAGES, { prefix: 'resend', ambiguousSends: 'AMBIGUOUS_SENDS_RESEND' });
      const ids = texts.map(({ messageId }) => messageId);
      loseAnswersTo((id) => ids.includes(id), 2);

      const end = await gateway.send(texts);

      expect(end).toMatchObject({ results: ids.map(() => ({ outcome: 'ACCEPTED', duplicate: false })) });
      expect(ambiguousOf(ids)).toEqual([...ids, ...ids].toSorted());
      await expectNoMoreThan(3, ids);
      expect(ids.map((id) => provider.timesSeen(id))).toEqual(ids.map(() => 3));
    });
  });

  function ambiguousOf(ids: readonly string[]): string[] {
    return gateway.log
      .of('ambiguous')
      .flatMap(({ messageId }) => (messageId !== undefined && ids.includes(messageId) ? [messageId] : []))
      .toSorted();
  }

  /** Others go on to be sent meanwhile, so that the silence of these is not the gateway's own. */
  async function expectNoMoreThan(times: number, ids: readonly string[]): Promise<void> {
    const untilMs = performance.now() + QUIET_MS;
    while (performance.now() < untilMs) {
      const end = await gateway.send([textOf({ prefix: 'other' })], { timeoutMs: OTHERS_TIMEOUT_MS });
      expect(end).toMatchObject({ kind: 'results', results: [{ outcome: 'ACCEPTED' }] });
    }
    for (const id of ids) expect(provider.timesSeen(id)).toBeLessThanOrEqual(times);
  }
});
