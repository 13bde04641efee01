import { describe, expect, it } from '@jest/globals';
import { Changes } from '../live/changes.ts';
import type { ReceivedRequest } from './received-request.ts';
import { MAX_CHARACTERS, MAX_REQUESTS, RequestLog } from './request-log.ts';

const NO_ANSWER = {
  time: new Date(0),
  method: 'POST',
  path: '/v1/conversational/send',
  remoteAddress: '127.0.0.1',
  headers: {},
  body: '{}',
  bodyBytes: 2,
  keys: [],
};

function request(id: string, fields: Partial<ReceivedRequest> = {}): ReceivedRequest {
  return { ...NO_ANSWER, id, status: 200, ...fields };
}

function idsOf(log: RequestLog, refused = false): readonly string[] {
  return log.latest({ limit: 3, refused }).map(({ id }) => id);
}

describe('RequestLog', () => {
  it('has the newest first, and those refused or never answered alone', () => {
    const log = new RequestLog(new Changes());
    const unanswered: ReceivedRequest = { ...NO_ANSWER, id: 'hung' };
    for (const each of [request('a'), request('b', { status: 429 }), unanswered, request('c')]) log.add(each);
    expect(idsOf(log)).toEqual(['c', 'hung', 'b']);
    expect(idsOf(log, true)).toEqual(['hung', 'b']);
    expect(log.get('b')).toMatchObject({ status: 429 });
    expect(log.total).toBe(4);
  });

  it('makes room by number', () => {
    const log = new RequestLog(new Changes());
    for (let count = 0; count <= MAX_REQUESTS; count += 1) log.add(request(String(count)));
    expect(log.get('0')).toBeUndefined();
    expect(log.get('1')).toBeDefined();
    expect(log.total).toBe(MAX_REQUESTS + 1);
  });

  it.each([
    ['bodies', (body: string) => ({ body })],
    ['answers', (answer: string) => ({ answer })],
    ['headers', (header: string) => ({ headers: { header } })],
    ['keys', (key: string) => ({ keys: [key] })],
  ])('makes room by size, of %s', (_what, fieldsOf) => {
    const log = new RequestLog(new Changes());
    const half = 'x'.repeat(MAX_CHARACTERS / 2 - 100);
    log.add(request('a', fieldsOf(half)));
    log.add(request('b', fieldsOf(half)));
    expect(idsOf(log)).toEqual(['b', 'a']);
    log.add(request('c', fieldsOf('x'.repeat(200))));
    expect(idsOf(log)).toEqual(['c', 'b']);
  });

  it('begins anew when cleared', () => {
    const log = new RequestLog(new Changes());
    log.add(request('a'));
    log.clear();
    log.add(request('b'));
    expect([idsOf(log), log.total, log.get('a')]).toEqual([['b'], 1, undefined]);
  });
});
