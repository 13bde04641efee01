import { expect } from '@jest/globals';
import { eventually, expectInvalid, keysOf, newPhoneNumber, sendText, textTo, toldUntil } from '../texts.ts';
import { both } from './check.ts';
import type { Checks } from './check.ts';

const DAY_MS = 24 * 3_600_000;

/** Under "Send Conversational WhatsApp Text Message". */
export const CONVERSATION = {
  'user-starts': both(async (target) => {
    const user = newPhoneNumber();
    await target.provider.userWrites(user, 'Is it still there?');
    await eventually(() => target.heard(user).length > 0);
    expect(target.heard(user)).toEqual(['Is it still there?']);
  }),

  'bot-replies': both(async (target) => {
    const user = newPhoneNumber();
    await target.provider.userWrites(user, 'ping');
    await eventually(() => target.heard(user).includes('ping'));
    const key = await sendText(target, user, 'pong');
    expect(await toldUntil(target, key, 'read')).not.toContain('failed');
    expect(await target.provider.messagesTo(user)).toMatchObject([{ key, body: 'pong' }]);
  }),

  'text-only': both(async (target) => {
    const user = newPhoneNumber();
    const image = { link: 'https://example.com/a.jpg' };
    for (const type of ['image', 'document', 'location', 'interactive', 'template']) {
      const message = { type, [type]: image, text: { body: 'Hello' } };
      await expectInvalid(target, { messages: [{ phoneNumber: user, message }] }, 'messages[0].message.type');
    }
  }),

  window: both(async (target) => {
    const [silent, user] = [newPhoneNumber(), newPhoneNumber()];
    const refused = await sendText(target, silent);
    expect(await toldUntil(target, refused, 'failed')).toEqual(['failed']);

    await target.provider.userWrites(user);
    await eventually(() => target.heard(user).length > 0);
    const { windowClosesTime = '', lastTime } = await target.provider.conversation(user);
    expect(Math.abs(Date.parse(windowClosesTime) - Date.parse(lastTime) - DAY_MS)).toBeLessThan(1_000);
    expect(await toldUntil(target, await sendText(target, user), 'read')).not.toContain('failed');
  }),

  'url-shown': both(async (target) => {
    const user = newPhoneNumber();
    const body = 'Your order: https://shop.example/orders/7?ref=a&b=c#top';
    const messages = [textTo(user, body, { preview_url: true })];
    const [key] = keysOf(await target.call({ body: { messages } }));
    expect(await target.provider.messagesTo(user)).toMatchObject([{ key, body, previewUrl: true }]);
  }),
} satisfies Record<string, Checks>;
