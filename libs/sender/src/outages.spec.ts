import { describe, expect, it } from '@jest/globals';
import { acceptAll, outboundMessage } from '@parley/testing';
import type { ProviderRequest } from '@parley/testing';
import type { OutboundMessage } from './message.ts';
import type { ProviderAnswer } from './provider.ts';
import { messagesTo, senderUnderTest } from './testing/sender-under-test.ts';

const down: ProviderAnswer & { kind: 'unavailable' } = { kind: 'unavailable', message: 'down' };
const unauthorized: ProviderAnswer = { kind: 'account-refused', reason: 'unauthorized', message: 'no' };

function downUntil(untilMs: number): (request: ProviderRequest) => ProviderAnswer {
  return (request) => (request.atMs < untilMs ? down : acceptAll(request));
}

describe('An outage', () => {
  it('leaves only probes, at most 15 seconds apart, until the first one gets through', async () => {
    const { clock, provider, sender, events, submit } = senderUnderTest(downUntil(100_000), { batch: 1 });
    const results = await submit(messagesTo(50));
    await clock.advance(99_000);
    const paused = events.findIndex(({ kind }) => kind === 'account-paused');
    expect(events.slice(0, paused).filter(({ kind }) => kind === 'attempted')).toHaveLength(5);
    expect(sender.accountState('default')).toMatchObject({
      kind: 'paused',
      error: { reason: 'PROVIDER_UNAVAILABLE' },
    });
    const probes = provider.requests.slice(5).map(({ atMs }) => atMs);
    const gaps = probes.slice(1).map((atMs, index) => atMs - (probes[index] ?? 0));
    expect(gaps.slice(0, 3)).toEqual([2000, 4000, 8000]);
    expect(Math.max(...gaps)).toBe(15_000);
    expect(results.kinds).toEqual([]);
    await clock.advance(60_000);
    expect(results.kinds).toEqual(Array.from({ length: 50 }, () => 'accepted'));
    expect(sender.accountState('default')).toEqual({ kind: 'open' });
    expect(events.filter(({ kind }) => kind === 'account-paused')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'account-resumed')).toHaveLength(1);
  });

  it('refuses interactive messages at once with the time of the next probe; accepted ones wait for their deadline', async () => {
    const { clock, submit, submitFor } = senderUnderTest(downUntil(Infinity), { batch: 1 });
    const expireTimeMs = clock.now() + 60_000;
    const accepted = await submit(
      messagesTo(6, () => ({ expireTimeMs })),
      'interactive',
    );
    await clock.advance(5000);
    const submission = await submitFor(10_000, [outboundMessage()]);
    expect(submission).toMatchObject({ kind: 'refused', error: { reason: 'PROVIDER_UNAVAILABLE' } });
    const { retryAfterMs = 0 } = submission as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(15_000);
    expect(accepted.kinds).toEqual([]);
    await clock.advance(56_000);
    expect(accepted.kinds).toEqual(Array.from({ length: 6 }, () => 'expired'));
  });

  it('is not what fewer than half of the requests failing are', async () => {
    const { clock, sender, submit } = senderUnderTest(
      (request, index) => (index % 5 < 2 ? down : acceptAll(request)),
      {
        batch: 1,
      },
    );
    const results = await submit(messagesTo(100));
    await clock.advance(300_000);
    expect(results.kinds).toEqual(Array.from({ length: 100 }, () => 'accepted'));
    expect(sender.accountState('default')).toEqual({ kind: 'open' });
  });

  it('has one probe out at a time, also when the messages of an earlier one rest', async () => {
    let inFlight = 0;
    let most = 0;
    const { clock, provider, submit } = senderUnderTest(() => down, {
      batch: 1,
      random: () => 0.99,
      provider: (scripted, fake) => ({
        send: async (messages, options) => {
          const answer = await scripted.send(messages, options);
          if (answer.kind === 'cancelled') return answer;
          if (provider.requests.length <= 5) return answer;
          inFlight += 1;
          most = Math.max(most, inFlight);
          await fake.sleep(30_000);
          inFlight -= 1;
          return answer;
        },
      }),
    });
    await submit(messagesTo(4));
    await clock.advance(1_200_000);
    expect(provider.requests.length).toBeGreaterThan(20);
    expect(most).toBe(1);
  });

  it('tells a message on time that it expired, also while it rests before it is tried again', async () => {
    const { clock, submit } = senderUnderTest(downUntil(Infinity), { random: () => 0.99 });
    const results = await submit([outboundMessage({ expireTimeMs: clock.now() + 20_000 })]);
    await clock.advance(19_999);
    expect(results.kinds).toEqual([]);
    await clock.advance(300);
    expect(results.kinds).toEqual(['expired']);
  });
});

describe('Hours', () => {
  const HOUR = 3_600_000;
  const OUTAGE = 3 * HOUR;
  const troubles: [string, ProviderAnswer][] = [
    ['of an outage', down],
    ['in which the account is refused', unauthorized],
    ['in which its quota is used up', { kind: 'account-refused', reason: 'quota', message: 'no' }],
  ];

  it.each(troubles)(
    '%s expire on time what was to expire by then and nothing else, and the rest leaves in order by itself',
    async (_name, answer) => {
      const { clock, provider, events, submit } = senderUnderTest(
        (request) => (request.atMs < OUTAGE ? answer : acceptAll(request)),
        { batch: 10 },
      );
      const untilMs = (momentMs: number) => clock.advance(momentMs - clock.monotonicMs());
      const dayMs = clock.now() + 24 * HOUR;
      // Of each recipient, the second message expires after one hour or two.
      const messages = messagesTo(20).flatMap(({ phoneNumber }, index) =>
        [dayMs, clock.now() + (1 + (index % 2)) * HOUR, dayMs, dayMs].map((expireTimeMs) =>
          outboundMessage({ phoneNumber, expireTimeMs }),
        ),
      );
      const results = await submit(messages);
      for (const hour of [1, 2]) {
        await untilMs(hour * HOUR - 1);
        expect(results.kinds).toHaveLength(10 * (hour - 1));
        await untilMs(hour * HOUR + 300);
        expect(results.kinds).toHaveLength(10 * hour);
      }
      await untilMs(OUTAGE);
      expect(results.kinds).toEqual(Array.from({ length: 20 }, () => 'expired'));

      // The longest time between two probes of a refused account, and a little.
      await clock.advance(65_000);
      const expected = messages.map(({ expireTimeMs }) => (expireTimeMs === dayMs ? 'accepted' : 'expired'));
      expect((await results.all).map((end) => end.kind === 'settled' && end.outcome.kind)).toEqual(expected);
      const sent = provider.requests
        .filter(({ atMs }) => atMs >= OUTAGE)
        .flatMap((request) => request.messages);
      const inOrder = (each: readonly OutboundMessage[]) => Map.groupBy(each, (one) => one.phoneNumber);
      const unexpired = messages.filter(({ expireTimeMs }) => expireTimeMs === dayMs);
      expect(new Map([...inOrder(sent)].sort())).toEqual(new Map([...inOrder(unexpired)].sort()));
      expect(events.filter(({ kind }) => kind === 'account-resumed')).toHaveLength(1);
    },
  );
});

describe('A message without an expire time', () => {
  it('outlasts a day of outage, and is not repeated for longer than that once it may have been sent', async () => {
    const OUTAGE = 25 * 3_600_000;
    const unanswered = outboundMessage({ messageId: 'unanswered', expireTimeMs: Infinity });
    const waiting = messagesTo(3, () => ({ expireTimeMs: Infinity }));
    const { clock, provider, submit } = senderUnderTest((request, index) => {
      if (index === 0) return { kind: 'ambiguous', message: 'no answer' };
      return request.atMs < OUTAGE ? down : acceptAll(request);
    });
    const maybeSent = await submit([unanswered]);
    await clock.advance(10);
    const results = await submit(waiting);
    await clock.advance(OUTAGE - 2 * 3_600_000);
    expect(maybeSent.kinds).toEqual([]);
    await clock.advance(3_600_000);
    expect(maybeSent.ended).toMatchObject([
      { outcome: { kind: 'unknown', error: { reason: 'OUTCOME_UNKNOWN' } } },
    ]);
    expect(results.kinds).toEqual([]);
    await clock.advance(3_600_000 + 65_000);
    expect(results.kinds).toEqual(['accepted', 'accepted', 'accepted']);
    expect(provider.requests.at(-1)?.messages).not.toContain(unanswered);
  }, 120_000);
});

describe('A refused account', () => {
  it('lets nothing leave but probes, also of what had waited for a permit before', async () => {
    const { clock, provider, submit } = senderUnderTest(
      (_, index) => {
        if (index === 0) return unauthorized;
        return index === 1 ? { kind: 'throttled', message: 'slow down', retryAfterMs: 3000 } : unauthorized;
      },
      {
        latencyMs: 0,
        batch: 1,
        provider: (scripted, fake) => ({
          send: async (messages, options) => {
            const answer = await scripted.send(messages, options);
            // The first is answered after the second, while a third waits for what the second one asked for.
            if (answer.kind === 'account-refused' && scripted.requests.length === 1) await fake.sleep(1000);
            return answer;
          },
        }),
      },
    );
    await submit(messagesTo(10));
    await clock.advance(120_000);
    const moments = provider.requests.slice(2).map(({ atMs }) => atMs);
    const gaps = moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? 0));
    expect(moments.length).toBeGreaterThan(2);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
  });

  it('lets nothing leave but probes, also of the halves of a refused request', async () => {
    const { clock, provider, submit } = senderUnderTest((_, index) =>
      index === 0 ? { kind: 'message-refused', message: 'one of them' } : unauthorized,
    );
    await submit(messagesTo(16));
    await clock.advance(60_000);
    const moments = provider.requests.map(({ atMs }) => atMs);
    expect(moments.slice(0, 5)).toEqual([0, 100, 1100, 3100, 7100]);
    expect(provider.requests.slice(2).every(({ messages }) => messages.length === 1)).toBe(true);
  });

  it.each([
    ['unauthorized', 'PROVIDER_UNAUTHORIZED'],
    ['ip-restricted', 'PROVIDER_IP_RESTRICTED'],
    ['blocked', 'PROVIDER_BLOCKED'],
    ['quota', 'PROVIDER_QUOTA_EXHAUSTED'],
  ] as const)('for %s tells those on the line %s, and when to come back', async (reason, name) => {
    const { clock, submit } = senderUnderTest(() => ({ kind: 'account-refused', reason, message: 'no' }));
    const results = await submit(messagesTo(2), 'interactive');
    await clock.advance(10);
    expect(results.ended).toMatchObject([
      { kind: 'unsent', error: { reason: name }, retryAfterMs: 1000 },
      { kind: 'unsent', error: { reason: name }, retryAfterMs: 1000 },
    ]);
  });
});

describe('Repetitions', () => {
  it('are at most a fifth of the traffic, beside what is saved up and the floor', async () => {
    // Failing below the breaker's half, so that only the budget holds repetitions back.
    const { clock, provider, events, submit } = senderUnderTest(
      (request, index) => (index % 5 < 2 ? { kind: 'ambiguous', message: 'no answer' } : acceptAll(request)),
      { batch: 1, random: () => 0.01 },
    );
    await submit(messagesTo(300));
    await clock.advance(60_000);
    const attempts = events.filter((event) => event.kind === 'attempted');
    const repeated = attempts.filter((event) => event.repeated > 0).length;
    const first = attempts.length - repeated;
    expect(first).toBeGreaterThan(200);
    expect(repeated).toBeGreaterThan(20);
    expect(repeated).toBeLessThanOrEqual(0.2 * first + 10 + 0.2 * 60);
    expect(provider.requests).toHaveLength(attempts.length);
  });

  it('come later each time, with jitter, at most half a minute apart', async () => {
    const { clock, events, submit } = senderUnderTest(downUntil(Infinity), { random: () => 1 - 1e-9 });
    await submit([outboundMessage()]);
    await clock.advance(300_000);
    const delays = events.flatMap((event) => (event.kind === 'retrying' ? [Math.round(event.delayMs)] : []));
    expect(delays.slice(0, 9)).toEqual(
      [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].slice(0, 9),
    );
    expect(events.find(({ kind }) => kind === 'retrying')).toMatchObject({ reason: 'PROVIDER_UNAVAILABLE' });
  });

  it('wait for as long as the provider asks, and so does everybody else', async () => {
    const { clock, provider, events, submit } = senderUnderTest((request, index) =>
      index === 0 ? { ...down, retryAfterMs: 5000 } : acceptAll(request),
    );
    await submit([outboundMessage()]);
    await clock.advance(10);
    await submit([outboundMessage({ phoneNumber: '+14155550199' })]);
    await clock.advance(10_000);
    expect(provider.requests.map(({ atMs }) => atMs >= 5000)).toEqual([false, true]);
    expect(events).toContainEqual({ kind: 'held-back', account: 'default', delayMs: 5000, throttled: false });
  });

  it('say so when the provider counts one too many, and wait even when it names no time', async () => {
    const { clock, provider, events, submit } = senderUnderTest((request, index) =>
      index === 0 ? { kind: 'throttled', message: 'slow down' } : acceptAll(request),
    );
    const results = await submit([outboundMessage()]);
    await clock.advance(5000);
    expect(results.ended).toMatchObject([{ outcome: { kind: 'accepted' }, attempts: 2 }]);
    expect(events).toContainEqual({ kind: 'held-back', account: 'default', delayMs: 125, throttled: true });
    expect(provider.requests).toHaveLength(2);
    expect(provider.requests[1]?.atMs).toBeGreaterThanOrEqual(125);
  });
});
