import { describe, expect, it } from '@jest/globals';
import type { Arrival } from '../faulty-provider.ts';
import type { Said } from '../kill/conversation.ts';
import type { HttpCall } from './http-caller.ts';
import { NOTHING_WRONG, trafficFindings } from './traffic-findings.ts';
import type { TrafficRecords } from './traffic-findings.ts';

const RECIPIENT = '+491511000000';

function said(id: string, outcome: string | undefined = 'ACCEPTED', policy: Said['policy'] = 'resend'): Said {
  return { id, recipient: RECIPIENT, policy, call: Number(id), calls: [], outcome };
}

function arrival(ids: readonly string[], taken = true): Arrival {
  return { atMs: 0, headers: { 'user-agent': 'a' }, ids, recipients: ids.map(() => RECIPIENT), taken };
}

function told(messageId: string, eventId = messageId): TrafficRecords['results'][number] {
  return { value: JSON.stringify({ messageId, duplicate: false }), headers: { ce_id: eventId } };
}

function httpCall(id: string, status: number): HttpCall {
  return { id, replica: 'a', beganAtMs: 0, endedAtMs: 1, status, failure: undefined };
}

function find(records: Partial<TrafficRecords>): ReturnType<typeof trafficFindings> {
  const none = { conversations: [], httpCalls: [], arrivals: [], results: [], flagged: new Set<string>() };
  return trafficFindings({ ...none, ...records });
}

describe('Books of a traffic', () => {
  it('are right when all that was said was taken once, in order, and told', () => {
    const right = {
      conversations: [[said('1'), said('2', 'UNKNOWN', 'report')]],
      httpCalls: [httpCall('h', 200)],
      arrivals: [arrival(['1', 'h']), arrival(['2'])],
      results: [told('1'), told('2')],
      flagged: new Set(['2']),
    };
    expect(find(right)).toEqual(NOTHING_WRONG);
  });

  it.each<[keyof typeof NOTHING_WRONG, string, Partial<TrafficRecords>]>([
    [
      'open',
      '1',
      { conversations: [[said('1', undefined)].map((each) => ({ ...each, outcome: undefined }))] },
    ],
    ['lost', '1', { conversations: [[said('1')]], arrivals: [arrival(['1'], false)], results: [told('1')] }],
    ['lost', 'h', { httpCalls: [httpCall('h', 200)] }],
    ['phantom', '9', { arrivals: [arrival(['9'], false)] }],
    ['endedOtherwise', '1', { conversations: [[said('1', 'REJECTED')]], results: [told('1')] }],
    ['unflagged', '1', { conversations: [[said('1', 'UNKNOWN')]], results: [told('1')] }],
    [
      'unflagged',
      '1',
      { conversations: [[said('1')]], arrivals: [arrival(['1']), arrival(['1'])], results: [told('1')] },
    ],
    [
      'doubledReports',
      '1',
      {
        conversations: [[said('1', 'ACCEPTED', 'report')]],
        arrivals: [arrival(['1']), arrival(['1'])],
        results: [told('1')],
      },
    ],
    [
      'disordered',
      '1',
      {
        conversations: [[said('1'), said('2')]],
        arrivals: [arrival(['2']), arrival(['1'])],
        results: [told('1'), told('2')],
      },
    ],
    ['untold', '1', { conversations: [[said('1')]], arrivals: [arrival(['1'])] }],
    [
      'toldTwice',
      '1',
      {
        conversations: [[said('1')]],
        arrivals: [arrival(['1'])],
        results: [told('1', 'a'), told('1', 'b')],
      },
    ],
  ])('show what is %s: %s', (what, id, records) => {
    expect(find(records)).toEqual({ ...NOTHING_WRONG, [what]: [id] });
  });
});
