import { describe, expect, it } from '@jest/globals';
import { CALLBACK_BODIES } from '@parley/testing';
import type { CallbackEvent } from './callback-event.ts';
import { MAX_EVENTS, parseCallback } from './parse-callback.ts';

const KEY = 'whatsapp-660e8400-e29b-41d4-a716-446655440001';
const WAMID = 'wamid.EXAMPLE';

const SENT = { id: WAMID, status: 'sent', timestamp: '1750030073', recipient_id: '15550001234' };
const TEXT = {
  from: '15550001234',
  id: 'wamid.IN',
  timestamp: '1749416383',
  type: 'text',
  text: { body: 'hi' },
};

function envelope(...values: object[]): Record<string, unknown> {
  const changes = values.map((value) => ({ field: 'messages', value }));
  return { object: 'whatsapp_business_account', entry: [{ id: '1', changes }] };
}

function eventsOf(body: unknown): readonly CallbackEvent[] {
  const parsed = parseCallback(body);
  return parsed.kind === 'events' ? parsed.events : [];
}

describe('parseCallback', () => {
  it('reads the documented accepted shape', () => {
    const body = {
      messaging_product: 'whatsapp',
      contacts: [{ input: '+1 555 000-1234', wa_id: '15550001234' }],
      messages: [{ id: WAMID }],
      key: KEY,
    };
    expect(parseCallback(body)).toEqual({
      kind: 'events',
      events: [
        {
          kind: 'status',
          status: 'accepted',
          key: KEY,
          wamid: WAMID,
          phoneNumber: '+15550001234',
          provider: body,
        },
      ],
      unread: [],
    });
  });

  it('reads the documented error shape as failed', () => {
    const body = {
      error: {
        message: '(#131047) Re-engagement message',
        type: 'OAuthException',
        code: 131047,
        error_data: { messaging_product: 'whatsapp', details: 'More than 24 hours have passed.' },
      },
      key: KEY,
    };
    expect(eventsOf(body)).toEqual([
      {
        kind: 'status',
        status: 'failed',
        key: KEY,
        error: { code: '131047', title: 'Re-engagement message', details: 'More than 24 hours have passed.' },
        provider: body,
      },
    ]);
  });

  describe('finds the key wherever the provider may add it', () => {
    const value = { messaging_product: 'whatsapp', statuses: [SENT] };
    const bodies: Record<string, object> = {
      'top of the envelope': { ...envelope(value), key: KEY },
      'spelled as in the table of fields': { ...envelope(value), Key: KEY },
      entry: { entry: [{ changes: [{ field: 'messages', value }], key: KEY }] },
      change: { entry: [{ changes: [{ field: 'messages', value, key: KEY }] }] },
      'value in the envelope': envelope({ ...value, key: KEY }),
      'status in the envelope': envelope({ statuses: [{ ...SENT, key: KEY }] }),
      'a change alone': { field: 'messages', value, key: KEY },
      'bare value': { ...value, key: KEY },
      'bare statuses': { statuses: [SENT], key: KEY },
      'one bare status': { ...SENT, key: KEY },
    };
    it.each(Object.entries(bodies))('%s', (_name, body) => {
      expect(eventsOf(body)).toEqual([
        {
          kind: 'status',
          status: 'sent',
          key: KEY,
          wamid: WAMID,
          phoneNumber: '+15550001234',
          time: new Date('2025-06-15T23:27:53Z'),
          provider: body,
        },
      ]);
    });
  });

  describe.each(['sent', 'delivered', 'read', 'failed'])('reads the status %s', (status) => {
    const value = { messaging_product: 'whatsapp', statuses: [{ ...SENT, status }] };
    const expected = { status, key: KEY, wamid: WAMID, phoneNumber: '+15550001234' };
    it.each([
      ['in the whole envelope', { ...envelope(value), key: KEY }],
      ['as its bare value', { ...value, key: KEY }],
      ['as bare statuses', { statuses: value.statuses, key: KEY }],
      ['in capitals', { statuses: [{ ...SENT, status: status.toUpperCase() }], key: KEY }],
    ])('%s', (_name, body) => {
      expect(eventsOf(body)).toMatchObject([expected]);
    });
  });

  describe('reads numbers and strings in each other’s place', () => {
    it.each([
      ['a time as a number', { timestamp: 1750030073 }],
      ['a recipient as a number', { recipient_id: 15550001234 }],
      ['a recipient with a plus and spaces', { recipient_id: ' +1 (555) 000-1234' }],
    ])('%s', (_name, field) => {
      expect(eventsOf({ statuses: [{ ...SENT, ...field }] })).toMatchObject([
        { phoneNumber: '+15550001234', time: new Date('2025-06-15T23:27:53Z') },
      ]);
    });

    it.each([
      [131026, '131026'],
      ['131026', '131026'],
      [undefined, 'unknown'],
      ['', 'unknown'],
      [1.5, 'unknown'],
      [Infinity, 'unknown'],
      [{}, 'unknown'],
      ['9'.repeat(40), '9'.repeat(32)],
    ])('the code %p', (code, expected) => {
      expect(eventsOf({ error: { code, message: 'x' }, key: KEY })).toMatchObject([
        { error: { code: expected } },
      ]);
    });
  });

  it.each([
    ['a time', { timestamp: undefined }, 'time'],
    ['a time in words', { timestamp: 'yesterday' }, 'time'],
    ['a time before its beginning', { timestamp: '-1750030073' }, 'time'],
    ['a recipient', { recipient_id: undefined }, 'phoneNumber'],
    ['a recipient that is no number', { recipient_id: 'US.13491208655302741918' }, 'phoneNumber'],
    ['a recipient that is half a number', { recipient_id: 155500012.34 }, 'phoneNumber'],
    ['a recipient below zero', { recipient_id: -15550001234 }, 'phoneNumber'],
  ])('tells a status without %s', (_name, field, left) => {
    const [event] = eventsOf({ statuses: [{ ...SENT, ...field }] });
    expect(event).toMatchObject({ kind: 'status', status: 'sent', wamid: WAMID });
    expect(event).not.toHaveProperty(left);
  });

  it('takes no id that a store or broker could confuse with another', () => {
    for (const id of ['x'.repeat(513), '\ud800', 'a\u0000b', 'a\nb'])
      expect(parseCallback({ statuses: [{ ...SENT, id }] })).toMatchObject({ kind: 'unreadable' });
    for (const id of ['x'.repeat(512), 'wamid.HBgL=/+', 'é 👍'])
      expect(eventsOf({ statuses: [{ ...SENT, id }] })).toMatchObject([{ wamid: id }]);
  });

  it('keeps words whole when it cuts them', () => {
    const title = `${'x'.repeat(999)}👍`;
    expect(eventsOf({ error: { title }, key: KEY })).toMatchObject([
      { error: { title: `${'x'.repeat(999)}\ufffd` } },
    ]);
  });

  it('takes the error of a failed status over', () => {
    const errors = [{ code: 131026, title: 'Undeliverable', error_data: { details: 'Not on WhatsApp.' } }];
    expect(eventsOf({ statuses: [{ ...SENT, status: 'failed', errors }] })).toMatchObject([
      { error: { code: '131026', title: 'Undeliverable', details: 'Not on WhatsApp.' } },
    ]);
    expect(eventsOf({ statuses: [{ ...SENT, status: 'failed' }] })).toMatchObject([
      { error: { code: 'unknown', title: '', details: '' } },
    ]);
    expect(eventsOf({ ...SENT, status: 'failed', error: errors[0], key: KEY })).toMatchObject([
      { key: KEY, wamid: WAMID, error: { code: '131026' } },
    ]);
  });

  it('gives a failed status the error beside it, with the time and id that only the status has', () => {
    const failed = { ...SENT, status: 'failed' };
    const error = { code: 131047, title: 'Re-engagement message' };
    const expected = [{ wamid: WAMID, time: new Date('2025-06-15T23:27:53Z'), error: { code: '131047' } }];
    expect(eventsOf({ statuses: [failed], error, key: KEY })).toMatchObject(expected);
    expect(eventsOf(envelope({ statuses: [failed], errors: [error] }))).toMatchObject(expected);
  });

  describe('passes nothing over that stands beside something else', () => {
    const error = { code: 131047, title: 'Re-engagement message' };
    it.each<[string, object, object[]]>([
      [
        'a status beside an envelope',
        { ...envelope({ messages: [TEXT] }), statuses: [SENT], key: KEY },
        [{ kind: 'inbound' }, { status: 'sent', key: KEY }],
      ],
      [
        'an error beside an envelope of the account',
        { entry: [{ changes: [{ field: 'account_update', value: {} }] }], error, key: KEY },
        [{ status: 'failed', key: KEY, error: { code: '131047' } }],
      ],
      [
        'errors beside the message they are about',
        { messages: [{ id: WAMID }], contacts: [{ input: '+15550001234' }], errors: [error], key: KEY },
        [{ status: 'accepted' }, { status: 'failed', key: KEY, error: { code: '131047' } }],
      ],
    ])('%s', (_name, body, expected) => {
      expect(eventsOf(body)).toMatchObject(expected);
    });

    it('a part that cannot be read', () => {
      expect(parseCallback({ entry: ['x'], statuses: [SENT] })).toMatchObject({
        kind: 'events',
        events: [{ status: 'sent' }],
        unread: ['a change without a value'],
      });
    });
  });

  it.each<[string, object]>([
    [
      'has a contact that it was sent to',
      {
        messages: [{ id: WAMID, timestamp: '1750030073' }],
        contacts: [{ input: '+15550001234', wa_id: '15550001234' }],
        key: KEY,
      },
    ],
    ['names whom it goes to', { messages: [{ id: WAMID, to: '15550001234', type: 'text' }], key: KEY }],
    [
      'is a template',
      {
        messages: [{ id: WAMID, type: 'template', template: {} }],
        contacts: [{ wa_id: '15550001234' }],
        key: KEY,
      },
    ],
  ])('takes no message for the user’s that %s', (_name, body) => {
    expect(eventsOf(body)).toMatchObject([{ kind: 'status', status: 'accepted', key: KEY, wamid: WAMID }]);
  });

  it('gives a key above several changes to the only message that was sent', () => {
    expect(eventsOf({ ...envelope({ statuses: [SENT] }, { messages: [TEXT] }), key: KEY })).toMatchObject([
      { kind: 'status', key: KEY },
      { kind: 'inbound' },
    ]);
    const delivered = { ...SENT, status: 'delivered' };
    expect(
      eventsOf({ ...envelope({ statuses: [SENT] }, { statuses: [delivered] }), key: KEY }),
    ).toMatchObject([
      { status: 'sent', key: KEY },
      { status: 'delivered', key: KEY },
    ]);
  });

  it.each([
    ['milliseconds', '1750030073000'],
    ['milliseconds as a number', 1750030073000],
    ['RFC 3339', '2025-06-15T23:27:53Z'],
    ['RFC 3339 with an offset', '2025-06-16T01:27:53.000+02:00'],
  ])('reads a time in %s', (_name, timestamp) => {
    expect(eventsOf({ statuses: [{ ...SENT, timestamp }] })).toMatchObject([
      { time: new Date('2025-06-15T23:27:53Z') },
    ]);
  });

  it('looks at nothing of a body with too many pieces', () => {
    const looked = new Proxy(
      {},
      {
        getOwnPropertyDescriptor: () => {
          throw new Error('looked at');
        },
      },
    );
    for (const list of ['statuses', 'messages', 'errors', 'contacts']) {
      const body = { [list]: Array.from({ length: MAX_EVENTS + 1 }, () => looked) };
      expect(parseCallback(body)).toEqual({ kind: 'unreadable', why: expect.any(String) });
    }
    const entry = Array.from({ length: MAX_EVENTS + 1 }, () => ({}));
    expect(parseCallback({ entry })).toEqual({ kind: 'unreadable', why: expect.any(String) });
  });

  it('reads an error of the value as failed when a key says of which message', () => {
    const errors = [{ code: 131000, title: 'Something went wrong' }];
    expect(eventsOf({ messaging_product: 'whatsapp', errors, key: KEY })).toMatchObject([
      { status: 'failed', key: KEY, error: { code: '131000', title: 'Something went wrong' } },
    ]);
  });

  it('shares a key between news of one message, and not between news of two', () => {
    const delivered = { ...SENT, status: 'delivered' };
    expect(eventsOf({ statuses: [SENT, delivered], key: KEY })).toMatchObject([{ key: KEY }, { key: KEY }]);

    const another = { ...SENT, id: 'wamid.OTHER' };
    for (const body of [
      { statuses: [SENT, another], key: KEY },
      { ...envelope({ statuses: [SENT] }, { statuses: [another] }), key: KEY },
      { statuses: [SENT], messages: [{ id: 'wamid.OTHER' }], key: KEY },
    ])
      expect(eventsOf(body).map((event) => 'key' in event)).toEqual([false, false]);
  });

  it('reads an object where a list belongs as a list of one', () => {
    const body = { entry: { changes: { field: 'messages', value: { statuses: SENT } } }, key: KEY };
    expect(eventsOf(body)).toMatchObject([{ key: KEY, wamid: WAMID, status: 'sent' }]);
  });

  it('reads bodies in one array as it reads each alone', () => {
    const bodies = Object.values(CALLBACK_BODIES).flat();
    expect(eventsOf(bodies)).toEqual(bodies.flatMap(eventsOf));
    expect(eventsOf(bodies).length).toBeGreaterThan(20);
  });

  it('reads several in one body, each with its own part as the provider’s object', () => {
    const events = eventsOf([
      envelope({ statuses: [SENT] }, { messages: [TEXT], contacts: [] }),
      { statuses: [SENT] },
    ]);
    expect(events.map(({ kind }) => kind)).toEqual(['status', 'inbound', 'status']);
    expect(events[0]?.provider).toEqual(SENT);
    expect(events[1]?.provider).toEqual(TEXT);
    expect(events[2]?.provider).toEqual({ statuses: [SENT] });
  });

  describe('reads what the user wrote', () => {
    it.each([
      ['envelope', envelope({ messages: [TEXT] })],
      ['bare value', { messaging_product: 'whatsapp', messages: [TEXT] }],
      ['single message', { message: TEXT, contacts: [{ wa_id: '15550001234' }] }],
    ])('%s', (_name, body) => {
      expect(eventsOf(body)).toEqual([
        {
          kind: 'inbound',
          wamid: 'wamid.IN',
          phoneNumber: '+15550001234',
          type: 'text',
          text: 'hi',
          time: new Date(1749416383_000),
          provider: body,
        },
      ]);
    });

    it.each([
      [
        {
          type: 'interactive',
          interactive: { type: 'button_reply', button_reply: { id: 'x', title: 'Cancel' } },
        },
        'Cancel',
      ],
      [
        {
          type: 'interactive',
          interactive: { type: 'list_reply', list_reply: { id: 'x', title: 'Express' } },
        },
        'Express',
      ],
      [{ type: 'button', button: { text: 'Yes', payload: '1' } }, 'Yes'],
      [{ type: 'image', image: { id: '1', caption: 'Look' } }, 'Look'],
      [{ type: 'video', video: { id: '1', caption: 'Look' } }, 'Look'],
      [{ type: 'document', document: { id: '1', caption: 'Look', filename: 'x.pdf' } }, 'Look'],
      [{ type: 'image', image: { id: '1' } }, undefined],
      [{ type: 'audio', audio: { id: '1', voice: true } }, undefined],
      [{ type: 'sticker', sticker: { id: '1' } }, undefined],
      [{ type: 'location', location: { latitude: 1 } }, undefined],
      [{ type: 'reaction', reaction: { message_id: WAMID, emoji: '👍' } }, undefined],
      [{ type: 'unsupported', errors: [{ code: 131051 }] }, undefined],
      [{ type: 'something-new', 'something-new': { body: 'hi' } }, undefined],
    ])('the words of %j', (content, text) => {
      const [event] = eventsOf({ messages: [{ from: '15550001234', id: 'wamid.IN', ...content }] });
      expect(event).toMatchObject({ kind: 'inbound', type: content.type });
      expect(event?.kind === 'inbound' ? event.text : '').toBe(text);
    });

    it('from a contact when the message does not name the number', () => {
      const body = { messages: [{ id: 'wamid.IN', type: 'text' }], contacts: [{ wa_id: '15550001234' }] };
      expect(eventsOf(body)).toMatchObject([{ phoneNumber: '+15550001234' }]);
    });

    it('from the contact with the user id that the message names, and from no other', () => {
      const contacts = [
        { user_id: 'US.1', wa_id: '15550001111' },
        { user_id: 'US.2', wa_id: '15550002222' },
      ];
      const message = { id: 'wamid.IN', type: 'text' };
      expect(eventsOf({ messages: [{ ...message, from_user_id: 'US.2' }], contacts })).toMatchObject([
        { phoneNumber: '+15550002222' },
      ]);
      for (const from_user_id of [undefined, 'US.3'])
        expect(parseCallback({ messages: [{ ...message, from_user_id }], contacts })).toMatchObject({
          kind: 'unreadable',
        });
    });

    it.each([
      ['from', { from: 15550001234 }],
      ['type', { type: 'text' }],
      ['timestamp', { timestamp: '1749416383' }],
      ['from_user_id', { from_user_id: 'US.1' }],
    ])('by its %s alone, and never as a message that was accepted', (_name, mark) => {
      const body = { messages: [{ id: 'wamid.IN', ...mark }], contacts: [{ wa_id: '15550001234' }] };
      expect(eventsOf(body)).toMatchObject([{ kind: 'inbound', phoneNumber: '+15550001234' }]);
    });
  });

  it.each([
    [
      'the echo of a template',
      { messaging_product: 'whatsapp', recipient_type: 'individual', template: { name: 'x' } },
    ],
    ['news of the account', { entry: [{ changes: [{ field: 'account_update', value: { event: 'x' } }] }] }],
    ['an error of the account', { messaging_product: 'whatsapp', errors: [{ code: 131000 }] }],
    ['a status that texts do not have', { statuses: [{ ...SENT, status: 'played' }] }],
    ['a message by WhatsApp', { messages: [{ ...TEXT, type: 'system' }] }],
    ['the status of a call', { statuses: [{ ...SENT, status: 'ACCEPTED', type: 'call' }] }],
    ['the status of a payment', { statuses: [{ ...SENT, status: 'failed', type: 'payment' }] }],
    ['calls', { entry: [{ changes: [{ field: 'calls', value: { statuses: [SENT] } }] }] }],
    ['news of the account without a value', { entry: [{ changes: [{ field: 'flows' }] }] }],
  ])('ignores %s', (_name, body) => {
    expect(parseCallback(body)).toMatchObject({ kind: 'ignored', why: expect.any(String) });
  });

  it('tells the code of trouble that the account has', () => {
    const value = { errors: [{ code: 131031, title: 'Account has been locked' }] };
    expect(parseCallback(envelope(value))).toMatchObject({ kind: 'ignored', errorCode: '131031' });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'hello'],
    ['an empty object', {}],
    ['an empty array', []],
    ['an empty envelope', { entry: [] }],
    ['an error without a key', { error: { code: 1 } }],
    ['a status without key and id', { statuses: [{ status: 'sent' }] }],
    ['a status without a name', { statuses: [{ id: WAMID }] }],
    ['a user without a number', { messages: [{ id: 'wamid.IN', type: 'text' }] }],
    ['a status of an unknown name', { statuses: [{ ...SENT, status: 'undelivered' }] }],
    [
      'news of messages under an unknown topic',
      { entry: [{ changes: [{ field: 'x', value: { statuses: [SENT] } }] }] },
    ],
    ['a change without a value', { entry: [{ changes: [{ field: 'messages' }] }] }],
    ['an entry without changes', { entry: [{ id: '1' }] }],
    ['a text in place of an entry', { entry: ['x'] }],
    ['a status that is no object', { statuses: ['sent'] }],
    ['a message that is no object', { messages: [WAMID] }],
    ['an array in an array', [[{ statuses: [SENT] }]]],
    ['something new', { event: 'delivered', id: 'x' }],
  ])('calls %s unreadable, without quoting it', (_name, body) => {
    expect(parseCallback(body)).toEqual({ kind: 'unreadable', why: expect.any(String) });
  });

  it.each([
    ['news of a message without its key or id', { statuses: [SENT, { status: 'read' }] }],
    ['something other than an object', { statuses: [SENT, null] }],
    ['something other than an object', { statuses: [SENT], messages: 'hi' }],
    ['a status of an unknown name', { statuses: [SENT, { ...SENT, status: 'undelivered' }] }],
    [
      'a message of the user without a phone number',
      { statuses: [SENT], messages: [{ type: 'text', id: 'x' }] },
    ],
    ['a message of the user without an id', { statuses: [SENT], messages: [{ from: '15550001234' }] }],
    ['not an object', [{ statuses: [SENT] }, null]],
    [
      'a change without a value',
      { entry: [{ changes: [{ field: 'messages' }, { field: 'messages', value: { statuses: [SENT] } }] }] },
    ],
  ])('tells what a half readable body says, and that the rest is unread: %s', (why, body) => {
    expect(parseCallback(body)).toMatchObject({
      kind: 'events',
      events: [{ status: 'sent', wamid: WAMID }],
      unread: [why],
    });
  });

  it('keeps to its bound', () => {
    const bodies = Array.from({ length: MAX_EVENTS + 1 }, () => ({ recipient_type: 'individual' }));
    expect(parseCallback(bodies)).toMatchObject({ kind: 'unreadable' });
    expect(parseCallback(bodies.slice(1))).toMatchObject({ kind: 'ignored' });
    const statuses = Array.from({ length: MAX_EVENTS + 1 }, () => SENT);
    expect(parseCallback({ statuses })).toMatchObject({ kind: 'unreadable' });
    expect(eventsOf({ statuses: statuses.slice(1) })).toHaveLength(MAX_EVENTS);
  });
});
