import { expect } from '@jest/globals';
import { eventually, keysOf, newPhoneNumber, textTo, toldUntil } from '../texts.ts';
import { both } from './check.ts';
import type { Checks } from './check.ts';

/** Under "Sample Request" and "Sample Responses". */
export const SAMPLES = {
  'sample-request': both(async (target) => {
    const user = newPhoneNumber();
    const text = { preview_url: true, body: 'Example Message' };
    const sample = { messages: [{ phoneNumber: user, message: { type: 'text', text } }] };
    const answer = await target.call({
      headers: { 'user-agent': 'curl/8.7.1', accept: '*/*' },
      body: JSON.stringify(sample, undefined, 3),
    });
    const keys = keysOf(answer);
    expect(answer.json).toEqual({ keys: [expect.stringMatching(/^whatsapp-.+/)] });
    expect(await target.provider.messagesTo(user)).toMatchObject([
      { key: keys[0], body: 'Example Message', previewUrl: true },
    ]);
  }),

  'one-key-each': both(async (target) => {
    const user = newPhoneNumber();
    const bodies = ['one', 'two', 'three', 'four', 'five'];
    const keys = keysOf(await target.call({ body: { messages: bodies.map((body) => textTo(user, body)) } }));
    expect(new Set(keys).size).toBe(bodies.length);
    const received = new Map(
      (await target.provider.messagesTo(user)).map(({ key, body }) => [key, body] as const),
    );
    expect(keys.map((key) => received.get(key))).toEqual(bodies);
  }),

  'key-in-events': both(async (target) => {
    const [open, closed] = [newPhoneNumber(), newPhoneNumber()];
    await target.provider.userWrites(open);
    await eventually(() => target.heard(open).length > 0);
    const [delivered = '', failed = ''] = keysOf(
      await target.call({ body: { messages: [textTo(open), textTo(closed)] } }),
    );
    expect(await toldUntil(target, delivered, 'read')).toHaveLength(4);
    expect(await toldUntil(target, failed, 'failed')).toEqual(['failed']);
  }),
} satisfies Record<string, Checks>;
