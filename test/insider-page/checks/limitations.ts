import { expect } from '@jest/globals';
import type { Answer, Target } from '../target.ts';
import { expectUnauthorized, newPhoneNumber, sendText, textTo } from '../texts.ts';
import { both } from './check.ts';
import type { Checks } from './check.ts';

const OTHER_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Under "Limitations". */
export const LIMITATIONS = {
  'post-only': both(async (target) => {
    const body = { messages: [textTo(newPhoneNumber())] };
    for (const method of OTHER_METHODS) {
      const { status } = await target.call({ method, ...(method !== 'HEAD' && { body }) });
      expect([method, status >= 400 && status < 500]).toEqual([method, true]);
    }
    expect(await target.provider.total()).toBe(0);
  }),

  'new-messages-only': both(async (target) => {
    const user = newPhoneNumber();
    const first = await sendText(target, user, 'the same');
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const body = { keys: [first], messages: [textTo(user, 'changed')] };
      const { status } = await target.call({ method, body });
      expect(status).toBeGreaterThanOrEqual(400);
    }
    const second = await sendText(target, user, 'the same');
    expect(second).not.toBe(first);
    expect(await target.provider.messagesTo(user)).toMatchObject([
      { key: first, body: 'the same' },
      { key: second, body: 'the same' },
    ]);
  }),

  'no-data': both(async (target) => {
    const key = await sendText(target, newPhoneNumber(), 'a secret');
    for (const path of ['', `?key=${key}`, `/${key}`]) {
      const answer = await target.call({ method: 'GET', path: `/v1/conversational/send${path}` });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain('a secret');
    }
  }),

  'key-in-header': both(async (target) => {
    const key = target.key;
    const body = { messages: [textTo(newPhoneNumber())], 'x-ins-auth-key': key };
    const elsewhere = [
      { path: `/v1/conversational/send?x-ins-auth-key=${key}` },
      { headers: { authorization: `Bearer ${key}` } },
      { headers: { cookie: `x-ins-auth-key=${key}` } },
    ];
    for (const { path, headers } of elsewhere) {
      const call = { headers: { ...headers, 'x-ins-auth-key': undefined }, body };
      await expectUnauthorized(target, target.call({ ...call, ...(path !== undefined && { path }) }));
    }
    expect(await target.call({ headers: { 'X-INS-AUTH-KEY': key }, body })).toMatchObject({ status: 200 });
  }),

  'wrong-key': both(async (target) => {
    const key = target.key;
    const body = { messages: [textTo(newPhoneNumber())] };
    for (const wrong of ['INS.wrong', `${key}x`, key.slice(0, -1), key.toUpperCase(), `Bearer ${key}`]) {
      await expectUnauthorized(target, target.call({ headers: { 'x-ins-auth-key': wrong }, body }));
    }
  }),

  'rate-limit': {
    sandbox: async (target) => {
      await target.provider.reset();
      const answers = await atOnce(target, 14);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(4);
      expect(await target.provider.total()).toBe(10);
    },
    gateway: async (target) => {
      await target.provider.reset();
      const answers = await atOnce(target, 40);
      expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
      expect(await target.provider.total()).toBe(40);
      expect(await target.provider.refused()).toEqual([]);
    },
  },

  'rate-limit-adjustable': {
    sandbox: async (target) => {
      await target.provider.reset();
      await target.provider.change({ rateLimitPerSecond: 25 });
      const answers = await atOnce(target, 30);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(25);
      await target.provider.reset();
    },
  },
} satisfies Record<string, Checks>;

async function atOnce(target: Target, count: number): Promise<readonly Answer[]> {
  const calls = Array.from({ length: count }, () => ({ body: { messages: [textTo(newPhoneNumber())] } }));
  return await Promise.all(calls.map((call) => target.call(call)));
}
