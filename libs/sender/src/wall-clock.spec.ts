import { describe, expect, it } from '@jest/globals';
import { acceptAll, outboundMessage } from '@parley/testing';
import { messagesTo, senderUnderTest } from './testing/sender-under-test.ts';

const HOUR_MS = 3_600_000;
/** How long the store of these tests remembers an id. */
const REMEMBERED_MS = HOUR_MS;

describe.each([
  ['forwards', HOUR_MS],
  ['backwards', -HOUR_MS],
])('A wall clock that is set %s by an hour', (_, jumpMs) => {
  it('lets no message that waits expire before its time', async () => {
    const { clock, submit } = senderUnderTest((request) =>
      request.atMs < 20_000 ? { kind: 'unavailable', message: 'down' } : acceptAll(request),
    );
    const expireTimeMs = clock.now() + 60_000;
    const results = await submit(messagesTo(3, () => ({ expireTimeMs })));
    await clock.advance(1000);
    clock.jump(jumpMs);
    await clock.advance(18_000);
    expect(results.kinds).toEqual([]);
    await clock.advance(40_000);
    expect(results.kinds).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('keeps no message that waits beyond its time', async () => {
    const { clock, submit } = senderUnderTest(() => ({ kind: 'unavailable', message: 'down' }));
    const expireTimeMs = clock.now() + 60_000;
    const results = await submit(messagesTo(3, () => ({ expireTimeMs })));
    await clock.advance(1000);
    clock.jump(jumpMs);
    await clock.advance(58_900);
    expect(results.kinds).toEqual([]);
    await clock.advance(200);
    expect(results.kinds).toEqual(['expired', 'expired', 'expired']);
  });

  it('makes no remembered id forgotten before its time', async () => {
    const { clock, provider, submit } = senderUnderTest();
    const message = outboundMessage({ expireTimeMs: clock.now() + 10 * HOUR_MS });
    await submit([message]);
    await clock.advance(1000);
    clock.jump(jumpMs);
    // The claim of another id is when the old ones are forgotten.
    await clock.advance(REMEMBERED_MS - 2000);
    await submit([outboundMessage({ expireTimeMs: clock.now() + HOUR_MS })]);
    const again = await submit([message]);
    await clock.advance(500);
    expect(again.ended).toMatchObject([{ outcome: { kind: 'accepted' }, duplicate: true }]);
    expect(provider.messageIds.filter((id) => id === message.messageId)).toHaveLength(1);
  });
});
