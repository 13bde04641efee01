import { describe, expect, it } from '@jest/globals';
import type { ResultEvent, StatusEvent } from '@parley/contracts';
import type { Delivery } from '../callbacks/callback-poster.ts';
import type { Said } from '../kill/conversation.ts';
import type { Arrival, Mood } from './moody-provider.ts';
import { trafficFindings } from './traffic-findings.ts';
import type { TrafficFindings, TrafficHistory } from './traffic-findings.ts';

function said(id: string, overrides: Partial<Said> = {}): Said {
  return { id, recipient: '+1', call: 1, policy: 'resend', calls: [], outcome: 'ACCEPTED', ...overrides };
}

/** @param keys none: it was not taken */
function arrival(bodies: string[], keys: string[], atMs = 0): Arrival {
  const mood: Mood = keys.length > 0 ? 'well' : '503';
  const phoneNumbers = bodies.map(() => '+1');
  return { atMs, notBeforeMs: atMs - 2, mood, from: 'a', bodies, phoneNumbers, keys };
}

function result(
  messageId: string,
  overrides: Partial<ResultEvent> = {},
  eventId = messageId,
): TrafficHistory['results'][number] {
  const event = { messageId, outcome: 'ACCEPTED', source: 'kafka', duplicate: false, ...overrides };
  return { event: event as ResultEvent, headers: { ce_id: eventId } };
}

function delivery(key: string, attempts: Partial<Delivery['attempts'][number]>[] = [{}]): Delivery {
  return {
    callback: { key, status: 'sent', phoneNumber: '+1' },
    attempts: attempts.map((attempt) => ({
      target: 0,
      beganAtMs: 100,
      endedAtMs: 110,
      status: 200,
      ...attempt,
    })),
    wasTaken: true,
  };
}

function status(key: string, messageId?: string): TrafficHistory['statuses'][number] {
  return { event: { key, status: 'sent', messageId } as StatusEvent, headers: { ce_id: key } };
}

function find(history: Partial<TrafficHistory>): TrafficFindings {
  return trafficFindings({
    conversations: [],
    posted: [],
    produced: new Set(),
    arrivals: [],
    flagged: new Set(),
    results: [],
    deliveries: [],
    statuses: [],
    deadLetters: 0,
    troubles: [],
    ...history,
  });
}

describe('trafficFindings', () => {
  it('takes for lost what was accepted and only refused by the provider, and for sent twice only what it took twice', () => {
    const conversations = [[said('1'), said('2', { call: 2 }), said('3', { call: 3, outcome: undefined })]];
    const arrivals = [arrival(['1'], []), arrival(['2'], []), arrival(['2'], ['k2'])];
    expect(find({ conversations, arrivals })).toMatchObject({
      lost: ['1'],
      open: ['3'],
      doubledResends: [],
      worstSecond: 3,
    });
  });

  it('finds what was posted and answered well, and never arrived, or twice without a flag', () => {
    const posted = ['1', '2', '3', '4'].map((body) => ({
      body,
      recipient: '+1',
      status: body === '4' ? 503 : 200,
    }));
    const arrivals = [arrival(['2', '3'], ['k2', 'k3']), arrival(['2', '3'], ['k4', 'k5'], 2_000)];
    const results = [
      result('made-2', { key: 'k4', source: 'http' }),
      result('made-3', { key: 'k5', source: 'http' }),
    ];
    const findings = find({ posted, arrivals, results, flagged: new Set(['made-3']) });
    expect(findings).toMatchObject({ lost: ['1'], doubledResends: ['2', '3'], doubledUnflagged: ['2'] });
    expect(findings).toMatchObject({ untold: ['1'], phantom: [] });
  });

  it('excuses what was sent twice while nobody could know, and nothing else', () => {
    const conversations = [
      [said('1')],
      [said('2', { recipient: '+2', policy: 'report' })],
      [said('3', { recipient: '+3' })],
    ];
    const arrivals = [
      arrival(['1', '2'], ['k1', 'k2'], 1_000),
      arrival(['3'], ['k3'], 1_000),
      arrival(['1', '2'], ['k4', 'k5'], 20_000),
      arrival(['3'], ['k6'], 60_000),
    ];
    const troubles = [
      { trouble: 'Redis killed', fromMs: 19_000, toMs: 40_000 },
      { trouble: 'broker killed', fromMs: 0, toMs: 90_000 },
    ];
    const results = ['1', '3'].flatMap((id) => [result(id, {}, `${id}a`), result(id, {}, `${id}b`)]);
    expect(find({ conversations, arrivals, troubles, results })).toMatchObject({
      doubledWithoutRedis: ['2', '1'],
      doubledUnflagged: ['3'],
      doubledReports: [],
      toldTwiceAsNew: ['3'],
    });
  });

  it('finds what nobody submitted, at the provider and in events', () => {
    const arrivals = [arrival(['1', 'x', 'p'], ['k1', 'kx', 'kp'])];
    const results = [result('1'), result('y'), result('made', { source: 'http' })];
    const produced = new Set(['p']);
    const findings = find({ conversations: [[said('1')]], arrivals, results, produced });
    expect(findings.phantom).toEqual(['x', 'y']);
  });

  it('finds ends that the result topic tells otherwise, twice or not at all', () => {
    const conversations = [['1', '2', '3', '4', '5'].map((id) => said(id))];
    const results = [
      result('1', { outcome: 'UNKNOWN' }),
      result('2', {}, 'a'),
      result('2', {}, 'b'),
      result('3', {}, 'c'),
      result('3', {}, 'c'),
      result('3', { duplicate: true }, 'd'),
      result(
        '5',
        { outcome: 'REJECTED', error: { reason: 'PROVIDER_UNAVAILABLE', message: '', retryable: true } },
        'e',
      ),
      result('5', {}, 'f'),
    ];
    expect(find({ conversations, results })).toMatchObject({
      toldOtherwise: ['1'],
      toldTwiceAsNew: ['2'],
      untold: ['4'],
    });
  });

  it('finds what is unknown without a flag', () => {
    const conversations = [[said('1', { outcome: 'UNKNOWN' }), said('2', { outcome: 'UNKNOWN' })]];
    expect(find({ conversations, flagged: new Set(['1']) }).unknownUnflagged).toEqual(['2']);
  });

  it('excuses a status that was told twice by a repetition, or by trouble while it was posted', () => {
    const deliveries = [
      delivery('calm'),
      delivery('repeated', [{ status: 503 }, {}]),
      delivery('troubled', [{ beganAtMs: 490, endedAtMs: 510 }]),
    ];
    const statuses = [...deliveries, ...deliveries].map(({ callback }) => status(callback.key));
    const troubles = [{ trouble: 'Redis killed', fromMs: 500, toMs: 900 }];
    expect(find({ deliveries, statuses, troubles })).toMatchObject({
      statusesDoubled: ['calm:sent', 'repeated:sent', 'troubled:sent'],
      statusesDoubledInCalm: ['calm:sent'],
    });
  });

  it('finds statuses that name another message than their key’s', () => {
    const arrivals = [arrival(['1', '2', 'posted'], ['k1', 'k2', 'k3'])];
    const results = [result('made', { key: 'k3', source: 'http' })];
    const statuses = [status('k1', '1'), status('k2', '1'), status('k2'), status('k3', 'made')];
    expect(find({ arrivals, results, statuses }).misattributed).toEqual(['k2:sent']);
  });
});
