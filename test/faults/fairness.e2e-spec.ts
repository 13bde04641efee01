import { describe, expect, it } from '@jest/globals';
import { percentile, until } from '@parley/testing';
import type { CallEnd } from '@parley/testing/gateway-client';
import { atRate } from './caller.ts';
import { FaultyProvider } from './faulty-provider.ts';
import { GatewayProcess } from './gateway-process.ts';
import { textOf, textsOf } from './texts.ts';

const TEST_TIMEOUT_MS = 60_000;
const BACKLOG = 10_000;
const OTHERS = 1_000;
const OTHERS_PER_SECOND = 300;
const MESSAGES_PER_CALL = 1_000;
/** Ten a second: enough for the others, and for so little of the backlog that its calls stay open beside them. */
const MESSAGES_PER_REQUEST = 45;
const MOST_SLOWER = 2;

describe('A recipient with 10,000 messages', () => {
  it(
    'makes no other recipient wait twice as long as without it',
    async () => {
      const alone = await waitsOfOthers({ backlog: 0 });
      const beside = await waitsOfOthers({ backlog: BACKLOG });
      const [aloneMs, besideMs] = [percentile(alone, 0.99), percentile(beside, 0.99)];
      console.info(`p99: ${aloneMs.toFixed(0)} ms alone, ${besideMs.toFixed(0)} ms beside the backlog`);
      expect(alone).toHaveLength(OTHERS);
      expect(beside).toHaveLength(OTHERS);
      expect(besideMs).toBeLessThan(MOST_SLOWER * aloneMs);
    },
    TEST_TIMEOUT_MS,
  );
});

/** How long others took from the call to the arrival at the provider, in milliseconds. */
async function waitsOfOthers({ backlog }: { readonly backlog: number }): Promise<number[]> {
  const provider = await FaultyProvider.listen();
  const gateway = await GatewayProcess.start({
    providerUrl: provider.url,
    settings: {
      QUEUE_MAX_MESSAGES: '20000',
      INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
      LOG_LEVEL: 'info',
    },
  });
  try {
    const { phoneNumber } = textOf();
    const given = new AbortController();
    const giving: Promise<unknown>[] = [];
    const ended: CallEnd[] = [];
    for (let calls = 0; calls < backlog / MESSAGES_PER_CALL; calls++) {
      const texts = textsOf(MESSAGES_PER_CALL, { prefix: 'backlog', phoneNumber });
      const end = gateway.send(texts, { signal: given.signal });
      giving.push(end.then((how) => ended.push(how)));
    }
    const start = provider.arrivals.length;
    if (backlog > 0) await until('the backlog is there', () => provider.arrivals.length > start + 5);

    const begunMs = new Map<string, number>();
    const done = new AbortController();
    await atRate(OTHERS_PER_SECOND, done.signal, async (index) => {
      if (index === OTHERS - 1) done.abort();
      if (index >= OTHERS) return;
      const text = textOf({ prefix: 'other' });
      begunMs.set(text.messageId, performance.now());
      const end = await gateway.send([text]);
      expect(end).toMatchObject({ kind: 'results', results: [{ outcome: 'ACCEPTED' }] });
    });
    // The backlog was taken, and outlasted them: no call of it was refused, and none has all of its messages sent.
    expect(ended).toEqual([]);
    given.abort();
    await Promise.all(giving);
    return provider.arrivals.flatMap(({ atMs, ids }) =>
      ids.flatMap((id) => {
        const since = begunMs.get(id);
        return since === undefined ? [] : [atMs - since];
      }),
    );
  } finally {
    await gateway.stop();
    await provider.close();
  }
}
