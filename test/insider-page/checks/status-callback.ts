import { expect } from '@jest/globals';
import type { Receiver } from '../receiver.ts';
import { TIME_SCALE } from '../sandbox-target.ts';
import type { SandboxTarget } from '../target.ts';
import { eventually, keysOf, newPhoneNumber, sendText, textTo, toldUntil } from '../texts.ts';
import { both } from './check.ts';
import type { Checks } from './check.ts';

const STATUSES = ['accepted', 'sent', 'delivered', 'read'];

/** After the first attempt, as the page has them. */
const RETRY_MINUTES = [1, 2, 3, 8, 13, 18, 28, 38, 48, 60];

/** Two clocks, and the moment at which a time is taken. */
const CLOCK_MS = 3;

/** Under "WhatsApp Status Callback". */
export const STATUS_CALLBACK = {
  'status-tracked': both(async (target) => {
    const user = newPhoneNumber();
    await target.provider.userWrites(user);
    await eventually(() => target.heard(user).length > 0);
    const key = await sendText(target, user);
    expect(await toldUntil(target, key, 'read')).toEqual(STATUSES);
  }),

  'callback-parameter': {
    sandbox: async (target) => {
      const { url } = target.webhook;
      await expectCalled(target, '/as-text', `${url}/as-text`);
      await expectCalled(target, '/as-object', { url: `${url}/as-object` });
    },
    gateway: async (target) => {
      const user = newPhoneNumber();
      await target.provider.userWrites(user);
      await eventually(() => target.heard(user).length > 0);
      // Nobody listens there: a callback to it would be retried, and so seen.
      const callback = 'http://127.0.0.1:9/ignored';
      const [key = ''] = keysOf(await target.call({ body: { callback, messages: [textTo(user)] } }));
      expect(await toldUntil(target, key, 'read')).toEqual(STATUSES);
      await eventually(async () => (await target.provider.callbacksUnderWay()) === 0);
    },
  },

  'answered-is-done': {
    sandbox: async (target) => {
      for (const status of [200, 201, 204, 299]) {
        const attempts = await attemptsAnswered(target, [status]);
        expect(attempts).toMatchObject([{ attempt: 1, status }]);
      }
    },
  },

  'ten-retries': {
    sandbox: async (target) => {
      const refusals = [500, 404, 302, 300, 503, 500, 500, 500, 500, 500, 500];
      const attempts = await attemptsAnswered(target, refusals);
      expect(attempts.map(({ status }) => status)).toEqual(refusals);
    },
  },

  'retry-schedule': {
    sandbox: async (target) => {
      const attempts = await attemptsAnswered(target, Array<number>(11).fill(500));
      const [firstMs = 0, ...retriesMs] = attempts.map(({ time }) => Date.parse(time));
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      for (const [index, minutes] of RETRY_MINUTES.entries()) {
        const dueMs = (minutes * 60_000) / TIME_SCALE;
        expect((retriesMs[index] ?? 0) - firstMs).toBeGreaterThanOrEqual(dueMs - CLOCK_MS);
      }
    },
  },
} satisfies Record<string, Checks>;

/** That a request's own callback is told everything of its message, and the webhook nothing. */
async function expectCalled(target: SandboxTarget, path: string, callback: unknown): Promise<void> {
  const user = newPhoneNumber();
  await target.provider.userWrites(user);
  const [key = ''] = keysOf(await target.call({ body: { callback, messages: [textTo(user)] } }));
  const at = (place: string): string[] => statusesAt(target.webhook, place, key);
  await eventually(() => at(path).includes('read'));
  expect(at(path)).toEqual(STATUSES);
  expect(at('/webhook')).toEqual([]);
}

function statusesAt(receiver: Receiver, path: string, key: string): string[] {
  return receiver
    .events(path)
    .flatMap((event) => (event.kind === 'status' && event.key === key ? [event.status] : []));
}

/** All attempts at the one callback that a text outside the window has, answered like this. */
async function attemptsAnswered(
  target: SandboxTarget,
  statuses: readonly number[],
): ReturnType<SandboxTarget['provider']['attempts']> {
  target.webhook.answerNext(statuses);
  const key = await sendText(target, newPhoneNumber());
  await eventually(async () => (await target.provider.attempts(key)).length >= statuses.length);
  await eventually(async () => (await target.provider.callbacksUnderWay()) === 0);
  return await target.provider.attempts(key);
}
