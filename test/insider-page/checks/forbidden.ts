import { expect } from '@jest/globals';
import type { Answer, SandboxTarget } from '../target.ts';
import { newPhoneNumber, textTo } from '../texts.ts';
import { both } from './check.ts';
import type { Checks } from './check.ts';

/** What the page shows, field by field. */
const IP_RESTRICTED = { message: 'ip-restricted', error: { message: 'ip-restricted', code: 1088 } };

const DEFAULT_AGENTS = [undefined, '', ' ', 'Java/1.8.0_391', 'Java/17.0.2', 'Java-http-client/21.0.1'];

/** Under "403 Forbidden". */
export const FORBIDDEN = {
  'edge-blocks': {
    sandbox: async (target) => {
      const answer = await callAs(target, 'Java/1.8.0_391');
      expect(answer).toMatchObject({ status: 403, contentType: expect.stringMatching(/^text\/html/) });
      expect(await target.provider.total()).toBe(0);
    },
  },

  'edge-looks-at-agents': {
    sandbox: async (target) => {
      expect(await callAs(target, 'Java/1.8.0_391')).toMatchObject({ status: 403 });
      expect(await callAs(target, 'shop/2.1 (Java/1.8.0_391)')).toMatchObject({ status: 200 });
    },
  },

  'edge-looks-at-addresses': {
    sandbox: async (target) => {
      const body = { messages: [textTo(newPhoneNumber())] };
      expect(await target.callFromElsewhere({ body })).toMatchObject({ status: 403 });
      expect(await target.call({ body })).toMatchObject({ status: 200 });
    },
  },

  'ip-restricted': {
    sandbox: async (target) => {
      const { json } = await target.callFromElsewhere({ body: { messages: [textTo(newPhoneNumber())] } });
      expect(json).toEqual(IP_RESTRICTED);
    },
  },

  'ip-not-allowed': {
    sandbox: async (target) => {
      const calls = [
        { body: { messages: [textTo(newPhoneNumber())] } },
        { body: { messages: [] } },
        { headers: { 'x-ins-auth-key': 'INS.wrong' }, body: { messages: [textTo(newPhoneNumber())] } },
      ];
      for (const call of calls) expect(await target.callFromElsewhere(call)).toMatchObject({ status: 403 });
    },
  },

  'code-1088': both(async (target) => {
    const message = textTo(newPhoneNumber());
    const answers = [
      await target.call({ headers: { 'x-ins-auth-key': 'INS.wrong' }, body: { messages: [message] } }),
      await target.call({ body: { messages: [] } }),
      await target.call({ body: '{"messages":' }),
      await target.call({ method: 'GET' }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain('1088');
    }
  }),

  'default-agents': {
    sandbox: async (target) => {
      for (const agent of DEFAULT_AGENTS) expect(await callAs(target, agent)).toMatchObject({ status: 403 });
      expect(await target.provider.total()).toBe(0);
    },
  },

  'blocks-reviewed': {
    sandbox: async (target) => {
      await callAs(target, 'Java/1.8.0_391');
      expect(await target.provider.refused()).toMatchObject([
        {
          status: 403,
          remoteAddress: expect.stringContaining('127.0.0.1'),
          headers: { 'user-agent': 'Java/1.8.0_391' },
        },
      ]);
    },
  },
} satisfies Record<string, Checks>;

async function callAs(target: SandboxTarget, agent: string | undefined): Promise<Answer> {
  const body = { messages: [textTo(newPhoneNumber())] };
  return await target.call({ headers: { 'user-agent': agent }, body });
}
