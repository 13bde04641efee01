import { describe, expect, it } from '@jest/globals';
import { eventLine, maskPhone } from './event-line.ts';

describe('eventLine', () => {
  it('shows an accepted message with its key', () => {
    const value = { messageId: 'm-1', outcome: 'ACCEPTED', key: 'whatsapp-1', phoneNumber: '+14155550100' };
    expect(eventLine('result', JSON.stringify(value))).toBe(
      'result   m-1  ACCEPTED  key=whatsapp-1  +1415•••0100',
    );
  });

  it('shows why a message was not accepted, and that it had been settled before', () => {
    const value = {
      messageId: 'm-2',
      outcome: 'REJECTED',
      error: { reason: 'BODY_EMPTY', message: 'the body is empty' },
      phoneNumber: '+14155550100',
      duplicate: true,
    };
    expect(eventLine('result', JSON.stringify(value))).toBe(
      'result   m-2  REJECTED  BODY_EMPTY: the body is empty  +1415•••0100  (settled before)',
    );
  });

  it('shows a status, also one that nobody can assign', () => {
    expect(eventLine('status', JSON.stringify({ status: 'delivered', key: 'whatsapp-1' }))).toBe(
      'status   delivered  key=whatsapp-1',
    );
  });

  it('shows neither the text nor the number of an inbound message', () => {
    const line = eventLine(
      'inbound',
      JSON.stringify({ wamid: 'w-1', type: 'text', text: 'my secret', phoneNumber: '+4915112345678' }),
    );
    expect(line).toBe('inbound  w-1  text  9 characters  +4915•••5678');
  });

  it('survives what is not an event', () => {
    expect(eventLine('result', 'not json')).toBe('result   (not JSON)');
    expect(eventLine('result', 'null')).toBe('result   (not an event)');
    expect(eventLine('status', '{}')).toBe('status ');
  });
});

describe('maskPhone', () => {
  it('never shows a short number whole', () => {
    expect(maskPhone('+1234567')).toBe('•••67');
  });
});
