import { describe, expect, it } from '@jest/globals';
import { acceptAll, outboundMessage } from '@parley/testing';
import { InProcessWindowStore } from './in-process-window-store.ts';
import type { ProviderAnswer } from './provider.ts';
import type { WindowPolicy } from './service-window.ts';
import { messagesTo, senderUnderTest } from './testing/sender-under-test.ts';
import type { Circumstances, ProviderScript } from './testing/sender-under-test.ts';
import type { WindowSeen } from './window-store.ts';

const START = Date.UTC(2030, 0, 1);
const DAY = 24 * 3_600_000;
const OPEN: WindowSeen = { inboundMs: START - 1000 };
const CLOSED: WindowSeen = { inboundMs: START - DAY };
const [ALICE, BOB] = ['+14155550101', '+14155550102'] as const;
const refused = { kind: 'settled', outcome: { kind: 'rejected', error: { reason: 'WINDOW_CLOSED' } } };

function underPolicy(
  windowPolicy: WindowPolicy,
  options: { script?: ProviderScript; known?: Record<string, WindowSeen> } & Circumstances = {},
) {
  const { script, known = { [ALICE]: CLOSED }, ...circumstances } = options;
  const windows = new InProcessWindowStore({ maxRemembered: 1000 });
  const observe = (phoneNumber: string, seen: WindowSeen) =>
    windows.observe('default', [{ phoneNumber, ...seen }]);
  for (const [phoneNumber, seen] of Object.entries(known)) void observe(phoneNumber, seen);
  return { ...senderUnderTest(script, { windowPolicy, windows, ...circumstances }), windows, observe };
}

describe('A recipient’s closed window', () => {
  it('ends a message as WINDOW_CLOSED, unsent, while its neighbours go', async () => {
    const { clock, provider, submit } = underPolicy('known');
    const [toAlice, toBob, again] = [ALICE, BOB, ALICE].map((phoneNumber) =>
      outboundMessage({ phoneNumber }),
    );
    if (!toAlice || !toBob || !again) throw new Error('three messages');
    const results = await submit([toAlice, toBob, again]);
    await clock.advance(200);
    expect(await results.all).toMatchObject([refused, { outcome: { kind: 'accepted' } }, refused]);
    expect(provider.requests.map(({ messages }) => messages)).toEqual([[toBob]]);
    expect((await results.all)[0]).toMatchObject({ attempts: 0, duplicate: false });
  });

  it.each([
    ['off', ['accepted', 'accepted', 'accepted']],
    ['known', ['rejected', 'accepted', 'accepted']],
    ['strict', ['rejected', 'rejected', 'accepted']],
  ] as const)('counts under the policy %s as that says', async (policy, kinds) => {
    const known = { '+14155550000': CLOSED, '+14155550002': OPEN };
    const { clock, submit } = underPolicy(policy, { known });
    const results = await submit(messagesTo(3));
    await clock.advance(200);
    expect((await results.all).map((end) => end.kind === 'settled' && end.outcome.kind)).toEqual(kinds);
  });

  it('costs no permit when nothing of a batch is left: who comes next leaves at once', async () => {
    const { clock, provider, submit } = underPolicy('known', { batch: 1 });
    await submit([...messagesTo(20, () => ({ phoneNumber: ALICE })), outboundMessage({ phoneNumber: BOB })]);
    await clock.advance(10);
    expect(provider.requests).toHaveLength(1);
  });

  it('is told again to whoever repeats the id, as any end is', async () => {
    const { clock, provider, observe, submit } = underPolicy('known');
    const message = outboundMessage({ phoneNumber: ALICE });
    await submit([message]);
    await clock.advance(200);
    await observe(ALICE, { inboundMs: clock.now() });
    const repeated = await submit([message]);
    await clock.advance(200);
    expect(repeated.ended).toMatchObject([{ ...refused, duplicate: true }]);
    expect(provider.requests).toEqual([]);
  });

  it('changes nothing of what an id had come to before', async () => {
    const { clock, observe, submit } = underPolicy('known', { known: {} });
    const message = outboundMessage({ phoneNumber: ALICE });
    await submit([message]);
    await clock.advance(200);
    await observe(ALICE, { closedMs: clock.now() });
    const repeated = await submit([message]);
    await clock.advance(200);
    expect(repeated.ended).toMatchObject([{ outcome: { kind: 'accepted' }, duplicate: true }]);
  });

  it('is not remembered for a message that was given up while it was asked for: its id is free', async () => {
    const { clock, windows, abort, sender, observe, submit } = underPolicy('known');
    const find = windows.find.bind(windows);
    windows.find = (...question) => clock.sleep(50).then(() => find(...question));
    const message = outboundMessage({ phoneNumber: ALICE });
    const results = await submit([message]);
    await clock.advance(20);
    abort.abort();
    await clock.advance(200);
    expect(results.kinds).toEqual(['unsent DEADLINE_EXCEEDED']);
    await observe(ALICE, { inboundMs: clock.now() });
    const { signal } = new AbortController();
    const repeated = await sender.submit([message], { traffic: 'bulk', signal });
    await clock.advance(200);
    if (repeated.kind === 'refused') throw new Error(repeated.error.reason);
    expect(await repeated.results[0]).toMatchObject({ outcome: { kind: 'accepted' }, duplicate: false });
  });

  it('counts when a message leaves, not when it came', async () => {
    const { clock, provider, observe, submit } = underPolicy('known', {
      known: { [ALICE]: OPEN, [BOB]: CLOSED },
      script: (request, index) =>
        index === 0 ? { kind: 'unavailable', message: 'down', retryAfterMs: 5000 } : acceptAll(request),
    });
    await submit([outboundMessage({ phoneNumber: '+14155550199' })]);
    await clock.advance(10);
    const results = await submit([ALICE, BOB].map((phoneNumber) => outboundMessage({ phoneNumber })));
    await observe(ALICE, { closedMs: clock.now() });
    await observe(BOB, { inboundMs: clock.now() });
    await clock.advance(10_000);
    expect(await results.all).toMatchObject([refused, { outcome: { kind: 'accepted' } }]);
    expect(provider.messageIds).toHaveLength(3);
  });

  const failures: [string, ProviderAnswer, object][] = [
    ['was surely not sent', { kind: 'unavailable', message: 'down' }, refused],
    [
      'may have been sent as unknown',
      { kind: 'ambiguous', message: 'no answer' },
      { outcome: { kind: 'unknown', error: { reason: 'OUTCOME_UNKNOWN' } } },
    ],
  ];
  it.each(failures)('that closes before a repetition ends what %s', async (_name, answer, end) => {
    const known = { [ALICE]: { inboundMs: START - DAY + 1 } };
    const { clock, provider, submit } = underPolicy('known', { known, script: () => answer });
    const results = await submit([outboundMessage({ phoneNumber: ALICE })]);
    await clock.advance(10_000);
    expect(results.ended).toMatchObject([{ ...end, attempts: 1 }]);
    expect(provider.requests).toHaveLength(1);
  });

  it('does not count for what expired: that is told as expired', async () => {
    const { clock, submit } = underPolicy('known', {
      known: { [ALICE]: { inboundMs: START - DAY + 5000 } },
      script: () => ({ kind: 'account-refused', reason: 'quota', message: 'no' }),
      batch: 1,
    });
    const messages = messagesTo(3, () => ({ phoneNumber: ALICE, expireTimeMs: START + 6000 }));
    const results = await submit([outboundMessage({ phoneNumber: BOB }), ...messages]);
    await clock.advance(10_000);
    expect(results.kinds).toEqual(['expired', 'expired', 'expired']);
  });

  it('uses up no probe: an account that is let in again resumes at the next one', async () => {
    let refusing = true;
    const inLine = messagesTo(50);
    const { clock, submit } = underPolicy('known', {
      known: Object.fromEntries(inLine.map(({ phoneNumber }) => [phoneNumber, CLOSED])),
      script: (request) =>
        refusing ? { kind: 'account-refused', reason: 'unauthorized', message: 'no' } : acceptAll(request),
      batch: 1,
    });
    const onTheLine = await submit([outboundMessage()], 'interactive');
    await clock.advance(10);
    expect(onTheLine.kinds).toEqual(['unsent PROVIDER_UNAUTHORIZED']);
    const results = await submit([...inLine, outboundMessage({ phoneNumber: '+14155550199' })]);
    refusing = false;
    await clock.advance(1000);
    expect(results.kinds).toEqual([...inLine.map(() => 'rejected'), 'accepted']);
  });
});

describe('What is known of windows', () => {
  it('is asked once for a batch, in parallel with its claims, and once for each recipient', async () => {
    const { clock, windows, provider, submit } = underPolicy('known', { claimMs: 3 });
    const asked: [number, readonly string[]][] = [];
    const find = windows.find.bind(windows);
    windows.find = async (account, phoneNumbers) => {
      asked.push([clock.monotonicMs(), phoneNumbers]);
      await clock.sleep(3);
      return find(account, phoneNumbers);
    };
    await submit([BOB, BOB, '+14155550103'].map((phoneNumber) => outboundMessage({ phoneNumber })));
    await clock.advance(200);
    expect(asked).toEqual([[0, [BOB, '+14155550103']]]);
    expect(provider.requests.map(({ atMs, messages }) => [atMs, messages.length])).toEqual([[3, 3]]);
  });

  it('is not asked under the policy off', async () => {
    const windows = { find: () => Promise.reject(new Error('asked')), observe: () => Promise.resolve() };
    const { clock, events, submit } = senderUnderTest(undefined, { windowPolicy: 'off', windows });
    const results = await submit(messagesTo(2));
    await clock.advance(200);
    expect(results.kinds).toEqual(['accepted', 'accepted']);
    expect(events.filter(({ kind }) => kind === 'store-failed')).toEqual([]);
  });

  it.each(['known', 'strict'] as const)(
    'refuses nobody while the store is away, under %s, and that is told',
    async (windowPolicy) => {
      const error = Object.assign(new Error(ALICE), { code: 'REDIS_AWAY' });
      const windows = { find: () => Promise.reject(error), observe: () => Promise.resolve() };
      const { clock, events, submit } = senderUnderTest(undefined, { windowPolicy, windows });
      const results = await submit(messagesTo(3));
      await clock.advance(200);
      expect(results.kinds).toEqual(['accepted', 'accepted', 'accepted']);
      expect(events.filter(({ kind }) => kind === 'store-failed')).toEqual([
        { kind: 'store-failed', account: 'default', step: 'window', messages: 3, code: 'REDIS_AWAY' },
      ]);
    },
  );

  it('is needed for a policy to count', async () => {
    const { clock, submit } = senderUnderTest(undefined, { windowPolicy: 'strict' });
    const results = await submit(messagesTo(1));
    await clock.advance(200);
    expect(results.kinds).toEqual(['accepted']);
  });
});
