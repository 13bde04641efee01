import { describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { HANDLER_FAILED } from '@parley/kafka';
import { REASONS } from '@parley/sender';
import type { Reason } from '@parley/sender';
import { readFileSync } from 'node:fs';
import {
  permissionDenied,
  QUESTION_FAILURES,
  STATUS_OF as GRPC_STATUS_OF,
  unauthenticated,
} from './grpc/errors.ts';
import { STATUS_OF as HTTP_STATUS_OF } from './http/errors.ts';

const PAGE = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

interface Row {
  readonly meaning: string;
  readonly retry: string;
  readonly whatToDo: string;
  readonly grpc: string;
  readonly http: string;
}

const ROWS = new Map(
  PAGE.split('\n').flatMap((line): [string, Row][] => {
    const [, reason, meaning, retry, whatToDo, grpc, http] =
      /^\| `(\w+)` +\| (.+?) +\| (yes|no) +\| (.+?) +\| `(\w+)` +\| (\d+|–) +\|$/.exec(line) ?? [];
    if (!reason || !meaning || !retry || !whatToDo || !grpc || !http) return [];
    return [[reason, { meaning, retry, whatToDo, grpc, http }]];
  }),
);

/** Of callers, not of messages: they have no entry in the sender's list. */
const OF_CALLERS = ['CALLER_UNKNOWN', 'ACCOUNT_NOT_ALLOWED'];

describe('docs/errors.md', () => {
  it('has one row for each reason, and for nothing else', () => {
    const reasons = [...Object.keys(REASONS), ...OF_CALLERS, ...Object.keys(QUESTION_FAILURES)];
    expect([...ROWS.keys()].sort()).toEqual(reasons.sort());
    expect(PAGE.match(/^\| `/gm)).toHaveLength(ROWS.size);
  });

  it.each(Object.entries(REASONS))('tells of %s what the code does', (reason, { meaning, retryable }) => {
    expect(ROWS.get(reason)).toMatchObject({
      meaning,
      retry: retryable ? 'yes' : 'no',
      grpc: status[GRPC_STATUS_OF[reason as Reason]],
      http: String(HTTP_STATUS_OF[reason as Reason]),
    });
  });

  it('tells the statuses of callers that are refused', () => {
    expect(ROWS.get('CALLER_UNKNOWN')).toMatchObject({ grpc: grpcStatus(unauthenticated()), http: '401' });
    expect(ROWS.get('ACCOUNT_NOT_ALLOWED')).toMatchObject({ grpc: grpcStatus(permissionDenied('a')) });
  });

  it.each(Object.entries(QUESTION_FAILURES))('tells of %s what the code does', (reason, failure) => {
    const retry = failure.retryable ? 'yes' : 'no';
    expect(ROWS.get(reason)).toMatchObject({
      meaning: failure.meaning,
      retry,
      grpc: status[failure.status],
      http: '–',
    });
  });

  it('names the one reason that only dead letters have', () => {
    expect(PAGE).toContain(`\`${HANDLER_FAILED}\``);
  });
});

function grpcStatus(failure: ReturnType<typeof unauthenticated>): string | undefined {
  return status[(failure.getError() as { code: status }).code];
}
