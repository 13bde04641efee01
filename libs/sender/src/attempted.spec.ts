import { describe, expect, it } from '@jest/globals';
import { outboundMessage } from '@parley/testing';
import { messagesTo, senderUnderTest } from './testing/sender-under-test.ts';

const TRACES = [
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
];

describe('What is told of a request', () => {
  it('says how long its messages waited for it, how long the answer took, and whose traces it carried', async () => {
    const { clock, events, submit } = senderUnderTest(undefined, { latencyMs: 250, claimMs: 40 });
    await submit(messagesTo(2, (index) => ({ traceparent: TRACES[index] ?? '' })));
    await clock.advance(1000);
    expect(events.filter(({ kind }) => kind === 'attempted')).toEqual([
      {
        kind: 'attempted',
        account: 'default',
        messages: 2,
        repeated: 0,
        answer: 'accepted',
        waitedMs: 40,
        durationMs: 250,
        totalMs: 290,
        traceparents: TRACES,
      },
    ]);
  });

  it('has no duration when nothing was written, and the provider’s code when it gave one', async () => {
    const { clock, events, submit } = senderUnderTest(
      () => ({ kind: 'unavailable', message: 'maintenance', providerCode: '2020' }),
      {
        provider: (scripted, time) => ({
          send: async (messages) => {
            await time.sleep(5);
            return scripted.send(messages, { mayLeave: () => true });
          },
        }),
      },
    );
    await submit([outboundMessage()]);
    await clock.advance(10);
    const [first] = events.filter(({ kind }) => kind === 'attempted');
    expect(first).toMatchObject({ detail: 'maintenance', code: '2020', waitedMs: 0, totalMs: 5 });
    expect(first).not.toHaveProperty('durationMs');
  });
});
