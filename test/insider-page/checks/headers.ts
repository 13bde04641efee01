import { expect } from '@jest/globals';
import { expectUnauthorized, keysOf, newPhoneNumber, textTo } from '../texts.ts';
import { both } from './check.ts';
import type { Checks } from './check.ts';

/** Under "Endpoint and Headers". */
export const HEADERS = {
  endpoint: both(async (target) => {
    const body = { messages: [textTo(newPhoneNumber())] };
    expect(keysOf(await target.call({ method: 'POST', path: '/v1/conversational/send', body }))).toHaveLength(
      1,
    );
    for (const path of ['/v1/conversational', '/v2/conversational/send', '/v1/send']) {
      expect(await target.call({ path, body })).toMatchObject({ status: 404 });
    }
    expect(await target.provider.total()).toBe(1);
  }),

  'key-required': both(async (target) => {
    const body = { messages: [textTo(newPhoneNumber())] };
    for (const key of [undefined, '']) {
      await expectUnauthorized(target, target.call({ headers: { 'x-ins-auth-key': key }, body }));
    }
  }),

  'content-type': both(async (target) => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
      const body = { messages: [textTo(newPhoneNumber(), `as ${type}: Grüße, 世界 🎉`)] };
      const answer = await target.call({ headers: { 'content-type': type }, body });
      expect(answer).toMatchObject({ status: 200, contentType: expect.stringMatching(/^application\/json/) });
    }
  }),
} satisfies Record<string, Checks>;
