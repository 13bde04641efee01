import { describe, expect, it } from '@jest/globals';
import type { IncomingRecord } from '@parley/kafka';
import { committedUnsettled, recordsAsConversations, toldTwiceAsNew } from './settled-records.ts';

describe('recordsAsConversations', () => {
  it('says what each recipient was sent in the order of the log, with the first end of each', () => {
    const sent = [sentRecord('a1', '+1'), sentRecord('b1', '+2'), sentRecord('a2', '+1')];
    const results = [result('a1', { outcome: 'ACCEPTED' }), result('a1', { outcome: 'UNKNOWN' })];
    const [ofFirst, ofSecond] = recordsAsConversations(sent, results, ['member']);
    expect(ofFirst?.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['a1', 'ACCEPTED'],
      ['a2', undefined],
    ]);
    expect(ofSecond?.map(({ id }) => id)).toEqual(['b1']);
  });
});

describe('committedUnsettled', () => {
  const sent = [
    sentRecord('told', '+1', { partition: 0, offset: 0n }),
    sentRecord('untold', '+1', { partition: 0, offset: 1n }),
    sentRecord('elsewhere', '+2', { partition: 1, offset: 0n }),
  ];
  const results = [result('told')];

  it('finds records before the committed offset of their partition that nothing was told of', () => {
    expect(committedUnsettled(new Map([[0, 2n]]), { sent, results })).toEqual(['untold']);
  });

  it('finds nothing at the committed offset or behind it, or where nothing is committed', () => {
    expect(committedUnsettled(new Map([[0, 1n]]), { sent, results })).toEqual([]);
  });
});

describe('toldTwiceAsNew', () => {
  it('finds two different events of one message of which none is a duplicate', () => {
    const results = [
      result('a', { eventId: '1' }),
      result('b', { eventId: '2' }),
      result('a', { eventId: '3' }),
    ];
    expect(toldTwiceAsNew(results)).toEqual(['a']);
  });

  it('finds nothing wrong with a duplicate, or with the same event written again', () => {
    const again = [result('a', { eventId: '1' }), result('a', { eventId: '1' })];
    expect(toldTwiceAsNew([...again, result('a', { eventId: '2', duplicate: true })])).toEqual([]);
  });
});

function sentRecord(
  messageId: string,
  phoneNumber: string,
  at: Partial<Pick<IncomingRecord, 'partition' | 'offset'>> = {},
): IncomingRecord {
  return { ...recordOf({ messageId, phoneNumber, ambiguousSends: 'resend' }), ...at };
}

function result(
  messageId: string,
  { eventId = '', duplicate = false, outcome = 'ACCEPTED' } = {},
): IncomingRecord {
  const headers = { ce_id: Buffer.from(eventId) };
  return { ...recordOf({ messageId, outcome, duplicate }), headers };
}

function recordOf(value: object): IncomingRecord {
  return {
    topic: 't',
    partition: 0,
    offset: 0n,
    key: null,
    value: Buffer.from(JSON.stringify(value)),
    headers: {},
    timestampMs: 0,
  };
}
