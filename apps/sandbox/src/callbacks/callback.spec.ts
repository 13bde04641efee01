import { describe, expect, it } from '@jest/globals';
import { parseCallback } from '@parley/insider';
import { acceptedCallback, replyCallback, statusCallback, windowClosedCallback } from './callback.ts';

const TIME = new Date('2026-11-22T10:00:00Z');
const MESSAGE = {
  key: 'whatsapp-1',
  wamid: 'wamid.1',
  phoneNumber: '+15550001234',
  body: 'hello',
  previewUrl: false,
  receivedTime: TIME,
  requestId: 'request',
  statuses: [],
};

describe('callbacks are what a receiver of the provider’s callbacks reads', () => {
  const { key, wamid, phoneNumber } = MESSAGE;
  it.each([
    [acceptedCallback(MESSAGE), { status: 'accepted', key, wamid, phoneNumber }],
    [
      statusCallback(MESSAGE, { status: 'sent', time: TIME }),
      { status: 'sent', key, wamid, phoneNumber, time: TIME },
    ],
    [
      statusCallback(MESSAGE, { status: 'read', time: TIME }),
      { status: 'read', key, wamid, phoneNumber, time: TIME },
    ],
    [windowClosedCallback(MESSAGE), { status: 'failed', key, error: { code: '131047' } }],
    [
      replyCallback({ wamid: 'wamid.2', phoneNumber, text: 'hi', time: TIME }),
      { kind: 'inbound', wamid: 'wamid.2', phoneNumber, type: 'text', text: 'hi', time: TIME },
    ],
  ])('%j', ({ body }, event) => {
    expect(parseCallback(body)).toMatchObject({ kind: 'events', events: [event], unread: [] });
  });
});
