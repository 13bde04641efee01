import { describe, expect, it } from '@jest/globals';
import type { Said } from './conversation.ts';
import { killFindings } from './kill-findings.ts';
import type { KillFindings, Records } from './kill-findings.ts';

function said(id: string, overrides: Partial<Said> = {}): Said {
  return { id, recipient: '+1', call: 1, policy: 'resend', calls: [], outcome: 'ACCEPTED', ...overrides };
}

function arrival(bodies: string[], atMs: number, wasCut = false): Records['arrivals'][number] {
  return { from: 'a', bodies, atMs, notBeforeMs: atMs - 2, wasCut };
}

/** That was over at once, and the replica back in the same moment. */
function kill(atMs: number, replica = 'a'): Records['kills'][number] {
  return { replica, beganAtMs: atMs, goneAtMs: atMs, readyAgainAtMs: atMs };
}

function find(records: Partial<Records>): KillFindings {
  return killFindings({ conversations: [], arrivals: [], kills: [], flagged: new Set(), ...records });
}

describe('killFindings', () => {
  it('finds what was accepted and never arrived, and what never ended', () => {
    const conversations = [[said('1'), said('2', { outcome: undefined }), said('3', { outcome: 'UNKNOWN' })]];
    expect(find({ conversations })).toMatchObject({
      lost: ['1'],
      open: ['2'],
      outcomes: { 'resend UNKNOWN': 1 },
    });
  });

  it('finds what arrived twice: to be reported, or to be resent and not flagged', () => {
    const conversations = [[said('1', { policy: 'report' }), said('2'), said('3')]];
    const arrivals = [arrival(['1', '2', '3'], 0), arrival(['1', '2', '3'], 1_000)];
    expect(find({ conversations, arrivals, flagged: new Set(['3']) })).toMatchObject({
      doubledReports: ['1'],
      doubledResends: ['2', '3'],
      doubledUnflagged: ['2'],
    });
  });

  it('counts the requests that were sent again, all and of one life of a process', () => {
    const conversations = [[said('1')], [said('2')]];
    const arrivals = [arrival(['1'], 0), arrival(['2'], 100), arrival(['1', '2'], 2_000)];
    expect(find({ conversations, arrivals, kills: [kill(1_000)] })).toMatchObject({
      requestsDoubled: 2,
      mostRequestsDoubled: 2,
    });
    expect(find({ conversations, arrivals, kills: [kill(50), kill(1_000)] })).toMatchObject({
      requestsDoubled: 2,
      mostRequestsDoubled: 1,
    });
  });

  it('counts kills that cut a request, not the requests', () => {
    const arrivals = [arrival(['1'], 0, true), arrival(['2'], 10, true), arrival(['3'], 2_000, true)];
    expect(find({ arrivals, kills: [kill(1_000)] }).killsInFlight).toBe(2);
  });

  it('explains what is unknown and arrived by the last request of a life, and by one that was cut', () => {
    const conversations = [['1', '2', '3', '4'].map((id) => said(id, { outcome: 'UNKNOWN' }))];
    const arrivals = [arrival(['1'], 0), arrival(['2'], 10, true), arrival(['3'], 20), arrival(['4'], 30)];
    expect(find({ conversations, arrivals, kills: [kill(25)] }).unknownUnexplained).toEqual(['1', '4']);
    expect(find({ conversations, arrivals, kills: [kill(25, 'b')] }).unknownUnexplained).toEqual([
      '1',
      '3',
      '4',
    ]);
  });

  it('explains what is unknown and arrived nowhere by kills of the replica that was called', () => {
    const call = (fromMs: number, toMs: number) => ({ replica: 'a', fromMs, toMs });
    const [early, both] = [[call(0, 10)], [call(0, 10), call(40, 60)]];
    const unknown = (id: string, calls: Said['calls']): Said => said(id, { outcome: 'UNKNOWN', calls });
    const conversations = [[unknown('1', early), unknown('2', early), unknown('3', both)]];
    expect(find({ conversations, kills: [kill(5), kill(50)] })).toMatchObject({
      unknownUnexplained: [],
      unknownUnsent: ['1', '2', '3'],
      mostUnknownOfOneKill: 2,
    });
    expect(find({ conversations, kills: [kill(5, 'b'), kill(50)] })).toMatchObject({
      unknownUnexplained: ['1', '2'],
      mostUnknownOfOneKill: 1,
    });
  });

  it('finds what later messages overtook by first arrivals, of its own call and of later ones', () => {
    const conversations = [[said('1'), said('2'), said('3', { call: 2 })]];
    const overtakenAt = (...requests: string[][]): unknown[] => {
      const arrivals = requests.map((bodies, index) => arrival(bodies, index * 100));
      const { overtaken, overtakenInCall } = find({ conversations, arrivals });
      return [overtakenInCall, overtaken];
    };
    expect(overtakenAt(['1', '2'], ['1', '3'])).toEqual([[], []]);
    expect(overtakenAt(['2'], ['1', '3'])).toEqual([['1'], []]);
    expect(overtakenAt(['1', '3'], ['2'])).toEqual([[], ['2']]);
    expect(overtakenAt(['3', '2', '1'])).toEqual([['1'], ['1', '2']]);
  });

  it('counts the most requests in a second, and doubts a first one that was seen late', () => {
    const arrivals = [0, 100, 200, 1_000, 1_099].map((atMs) => arrival([], atMs));
    expect(find({ arrivals })).toMatchObject({ worstSecond: 3, worstSecondAsSeen: 4 });
    const onTime = [arrival([], 0), arrival([], 997.5)];
    expect(find({ arrivals: onTime })).toMatchObject({ worstSecond: 2, worstSecondAsSeen: 2 });
  });
});
