import { expect } from '@jest/globals';
import { expectInvalid, keysOf, newPhoneNumber, textTo } from '../texts.ts';
import type { Target } from '../target.ts';
import { both } from './check.ts';
import type { Checks } from './check.ts';

/** Under "Body Parameters". */
export const BODY_PARAMETERS = {
  'messages-key': both(async (target) => {
    const message = textTo(newPhoneNumber());
    await expectInvalid(target, [message], '');
    await expectInvalid(target, message, 'messages');
    await expectInvalid(target, { message: [message] }, 'messages');
  }),

  'several-messages': both(async (target) => {
    const [one, other] = [newPhoneNumber(), newPhoneNumber()];
    const messages = [textTo(one, 'first'), textTo(other, 'second'), textTo(one, 'third')];
    expect(keysOf(await target.call({ body: { messages } }))).toHaveLength(3);
    expect((await target.provider.messagesTo(one)).map(({ body }) => body)).toEqual(['first', 'third']);
    expect((await target.provider.messagesTo(other)).map(({ body }) => body)).toEqual(['second']);
  }),

  'messages-array': both(async (target) => {
    for (const body of [{}, { messages: null }, { messages: {} }, { messages: 'text' }, { messages: [] }]) {
      await expectInvalid(target, body, 'messages');
    }
  }),

  'phone-number': both(async (target) => {
    const user = newPhoneNumber();
    const [key] = keysOf(await target.call({ body: { messages: [textTo(user)] } }));
    expect(await target.provider.messagesTo(user)).toMatchObject([{ key, phoneNumber: user }]);
  }),

  'phone-number-required': both(async (target) => {
    const { message } = textTo(newPhoneNumber()) as { message: object };
    for (const phoneNumber of [undefined, null, 15550001234, '', [newPhoneNumber()]]) {
      await expectInvalid(target, { messages: [{ phoneNumber, message }] }, 'messages[0].phoneNumber');
    }
  }),

  'message-object': both(async (target) => {
    for (const message of [undefined, null, 'Hello', []]) {
      const messages = [{ phoneNumber: newPhoneNumber(), message }];
      await expectInvalid(target, { messages }, 'messages[0].message');
    }
  }),

  'type-text': both(async (target) => {
    for (const type of [undefined, null, '', 'TEXT', 'texts', ['text']]) {
      const messages = [{ phoneNumber: newPhoneNumber(), message: { type, text: { body: 'Hello' } } }];
      await expectInvalid(target, { messages }, 'messages[0].message.type');
    }
  }),

  'text-object': both(async (target) => {
    for (const text of [undefined, null, 'Hello', ['Hello']]) {
      const messages = [{ phoneNumber: newPhoneNumber(), message: { type: 'text', text } }];
      await expectInvalid(target, { messages }, 'messages[0].message.text');
    }
  }),

  preview: both(async (target) => {
    expect(await previewOf(target, { preview_url: true })).toBe(true);
    expect(await previewOf(target, { preview_url: false })).toBe(false);
  }),

  'preview-optional': both(async (target) => {
    for (const body of ['no URL', 'https://example.com']) {
      expect(
        keysOf(await target.call({ body: { messages: [textTo(newPhoneNumber(), body)] } })),
      ).toHaveLength(1);
    }
  }),

  'preview-default': both(async (target) => {
    expect(await previewOf(target, {})).toBe(false);
  }),

  'preview-boolean': both(async (target) => {
    for (const preview_url of ['true', 1, null, {}]) {
      const messages = [textTo(newPhoneNumber(), 'Hello', { preview_url })];
      await expectInvalid(target, { messages }, 'messages[0].message.text.preview_url');
    }
  }),

  'body-content': both(async (target) => {
    const user = newPhoneNumber();
    const bodies = [
      'http://example.com and https://example.com/a?b=c#d',
      '*bold* _italic_ ~strike~ `code` ```block```\n> quote\n* item\n1. first',
      'Grüße 👩‍👩‍👧 مرحبا \u202eabc\u202c <b>no markup</b> \t&amp;',
    ];
    const messages = bodies.map((body) => textTo(user, body));
    keysOf(await target.call({ body: { messages } }));
    expect((await target.provider.messagesTo(user)).map(({ body }) => body)).toEqual(bodies);
  }),

  'body-length': both(async (target) => {
    const user = newPhoneNumber();
    keysOf(await target.call({ body: { messages: [textTo(user, 'x'.repeat(4096))] } }));
    expect((await target.provider.messagesTo(user))[0]?.body).toHaveLength(4096);
    const tooLong = { messages: [textTo(user, 'x'.repeat(4097))] };
    await expectInvalid(target, tooLong, 'messages[0].message.text.body');
  }),

  'body-required': both(async (target) => {
    for (const body of [undefined, null, '', 7, ['Hello']]) {
      const messages = [{ phoneNumber: newPhoneNumber(), message: { type: 'text', text: { body } } }];
      await expectInvalid(target, { messages }, 'messages[0].message.text.body');
    }
  }),
} satisfies Record<string, Checks>;

/** Whether the phone is to show a preview of a text sent with these properties. */
async function previewOf(target: Target, properties: object): Promise<boolean | undefined> {
  const user = newPhoneNumber();
  const messages = [textTo(user, 'See https://example.com', properties)];
  keysOf(await target.call({ body: { messages } }));
  const [message] = await target.provider.messagesTo(user);
  return message?.previewUrl;
}
