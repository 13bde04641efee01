import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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

  it.each(['sent', 'delivered', 'read', 'failed'])('reads the status %s', (status) => {
    expect(eventsOf({ statuses: [{ ...SENT, status }] })).toMatchObject([{ status, wamid: WAMID }]);
  });

  it('takes the error of a failed status over', () => {
    const errors = [{ code: 131026, title: 'Undeliverable', error_data: { details: 'Not on WhatsApp.' } }];
    expect(eventsOf({ statuses: [{ ...SENT, status: 'failed', errors }] })).toMatchObject([
      { error: { code: '131026', title: 'Undeliverable', details: 'Not on WhatsApp.' } },
    ]);
    expect(eventsOf({ statuses: [{ ...SENT, status: 'failed' }] })).toMatchObject([
      { error: { code: 'unknown', title: '', details: '' } },
    ]);
  });

  it('shares a key between news of one message, and not between news of two', () => {
    const delivered = { ...SENT, status: 'delivered' };
    expect(eventsOf({ statuses: [SENT, delivered], key: KEY })).toMatchObject([{ key: KEY }, { key: KEY }]);

    const another = { ...SENT, id: 'wamid.OTHER' };
    for (const body of [
      { statuses: [SENT, another], key: KEY },
      { ...envelope({ statuses: [SENT] }, { statuses: [another] }), key: KEY },
    ])
      expect(eventsOf(body).map((event) => 'key' in event)).toEqual([false, false]);
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
      [{ type: 'location', location: { latitude: 1 } }, undefined],
    ])('the words of %j', (content, text) => {
      const [event] = eventsOf({ messages: [{ from: '15550001234', id: 'wamid.IN', ...content }] });
      expect(event).toMatchObject({ kind: 'inbound', type: content.type });
      expect(event?.kind === 'inbound' ? event.text : '').toBe(text);
    });

    it('from a contact when the message does not name the number', () => {
      const body = { messages: [{ id: 'wamid.IN', type: 'text' }], contacts: [{ wa_id: '15550001234' }] };
      expect(eventsOf(body)).toMatchObject([{ phoneNumber: '+15550001234' }]);
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
  ])('ignores %s', (_name, body) => {
    expect(parseCallback(body)).toEqual({ kind: 'ignored', why: expect.any(String) });
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
    ['something new', { event: 'delivered', id: 'x' }],
  ])('calls %s unreadable, without quoting it', (_name, body) => {
    expect(parseCallback(body)).toEqual({ kind: 'unreadable', why: expect.any(String) });
  });

  it('says which parts of a half readable body nobody could read', () => {
    expect(parseCallback({ statuses: [SENT, { status: 'read' }] })).toMatchObject({
      kind: 'events',
      events: [{ status: 'sent' }],
      unread: ['news of a message without its key or id'],
    });
  });

  it('keeps to its bound', () => {
    const statuses = Array.from({ length: MAX_EVENTS + 1 }, () => SENT);
    expect(parseCallback({ statuses })).toMatchObject({ kind: 'unreadable' });
    expect(eventsOf({ statuses: statuses.slice(1) })).toHaveLength(MAX_EVENTS);
  });

  it('never throws, and every event names its message', () => {
    const names = [
      'entry',
      'changes',
      'value',
      'statuses',
      'messages',
      'contacts',
      'error',
      'errors',
      'key',
      'id',
    ];
    const body = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom(null, 1, '', 'sent', '15550001234', 'wamid.X'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names, 'status', 'from', 'type', '__proto__'), tie('node'), {
          maxKeys: 4,
        }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.oneof(body, fc.anything()), (each) => {
        for (const event of eventsOf(each))
          expect(event.wamid ?? (event.kind === 'status' ? event.key : undefined)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});
