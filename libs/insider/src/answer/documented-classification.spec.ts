import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { classify } from './classify.ts';
import type { InsiderAnswer } from './insider-answer.ts';

const PAGE = new URL('../../../../docs/sender.md', import.meta.url);

// Where Insider's codes and Meta's lie.
const CODE_RANGES = [
  [0, 2_100],
  [20_000, 20_050],
  [80_000, 80_050],
  [130_400, 130_500],
  [131_000, 131_100],
  [132_000, 132_100],
  [133_000, 133_050],
  [134_000, 134_150],
  [135_000, 135_050],
] as const;

interface Row {
  readonly status: string;
  readonly seen: string;
  readonly expected: string;
}

const ROWS: readonly Row[] = rowsOf(readFileSync(PAGE, 'utf8'));
const BY_STATUS = ROWS.filter(({ seen }) => seen.startsWith('anything else'));
const BY_CODE = new Map(
  ROWS.flatMap(({ status, seen, expected }) =>
    status === 'any' && seen.startsWith('code ')
      ? (seen.match(/\d+/g) ?? []).map((code) => [code, expected] as const)
      : [],
  ),
);

/** The rows of the table whose first column is the status. */
function rowsOf(page: string): readonly Row[] {
  const section = page.split(/^## /m).find((part) => part.startsWith('How an answer is classified')) ?? '';
  const table = section.split('\n\n').find((part) => /^\| Status\b/.test(part)) ?? '';
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, status = '', seen = '', expected = '']) => ({ status, seen, expected }));
}

/** The class that the page's first fitting row gives a status whose body says nothing. */
function documented(status: number): string | undefined {
  return BY_STATUS.find((row) => covers(row.status, status))?.expected;
}

function covers(cell: string, status: number): boolean {
  if (cell === 'other') return true;
  const hundreds = /^(\d)xx$/.exec(cell)?.[1];
  return hundreds === undefined
    ? cell.split(', ').includes(String(status))
    : Math.floor(status / 100) === Number(hundreds);
}

function given(status: number, body?: unknown): string {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return named(
    classify(
      { kind: 'response', status, ...(text !== undefined && { body: text }) },
      { messageCount: 2, nowMs: 0 },
    ),
  );
}

function named(answer: InsiderAnswer): string {
  return answer.kind === 'account-refused' ? `${answer.kind} (${answer.reason})` : answer.kind;
}

function rowSeen(beginning: string, status: string): Row {
  const row = ROWS.find((candidate) => candidate.status === status && candidate.seen.startsWith(beginning));
  if (row === undefined) throw new Error(`The page has no row for ${status} with ${beginning}.`);
  return row;
}

describe('The page on classification', () => {
  it('tells of every status from 100 to 999 what classify makes of it', () => {
    const statuses = Array.from({ length: 900 }, (_, index) => 100 + index);
    const wrong = statuses.filter((status) => given(status) !== documented(status));
    expect(wrong).toEqual([]);
    for (const body of ['', 'sorry', '{"message":', '{}', 'null', '[]'])
      expect(statuses.filter((status) => given(status, body) !== documented(status))).toEqual([]);
  });

  it('lists every code that classify goes by, and no other, whatever the status', () => {
    const codes = CODE_RANGES.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => String(from + index)),
    );
    for (const status of [200, 400, 503]) {
      const wrong = codes.filter(
        (code) => given(status, `{"error":{"code":${code}}}`) !== (BY_CODE.get(code) ?? documented(status)),
      );
      expect(wrong).toEqual([]);
    }
    expect([...BY_CODE.keys()].filter((code) => !codes.includes(code))).toEqual([]);
    expect(BY_CODE.size).toBeGreaterThan(7);
  });

  it.each(
    ROWS.filter(({ seen }) => seen.startsWith('words ')).flatMap(({ status, seen, expected }) =>
      [...seen.replace(', and a `field`', '').matchAll(/`([^`]+)`/g)].map(
        ([, words = '']) => [Number(status), words, seen.includes('`field`'), expected] as const,
      ),
    ),
  )('says of a %d with the words "%s" (with a field: %p): %s', (status, words, namesField, expected) => {
    const error = { message: `x ${words} x`, ...(namesField && { field: 'code' }) };
    expect(given(status, { errors: [error] })).toBe(expected);
    // The words decide with that status alone, and without the field it takes, they do not.
    expect(given(400, { errors: [error] })).toBe(documented(400));
    if (namesField) expect(given(status, { message: words })).toBe(documented(status));
  });

  it('says which keys are accepted and which are not', () => {
    const accepted = rowSeen('as many keys', '2xx').expected;
    const otherwise = rowSeen('other keys', 'any').expected;
    for (const status of [200, 202, 299]) expect(given(status, { keys: ['a', 'b'] })).toBe(accepted);
    for (const status of [200, 302, 400, 403, 429, 503])
      for (const keys of [['a'], ['a', 'b', 'c'], ['a', ''], ['a', 2], [null]])
        expect(given(status, { keys, errors: [{ code: 2002 }] })).toBe(otherwise);
  });

  it('says what a page of HTML means, where it means something', () => {
    const { expected } = rowSeen('a page of HTML', '400');
    const pages = ['<html>', '<!DOCTYPE html>', '\n <h1>'];
    for (const page of pages) expect(given(400, page)).toBe(expected);
    for (const status of [200, 403, 413, 422, 429, 500, 503])
      for (const page of pages) expect(given(status, page)).toBe(documented(status));
  });

  it.each([
    ['not written', false],
    ['written', true],
  ])('says what no status at all means when the request was %s', (beginning, written) => {
    const { expected } = rowSeen(beginning, 'none');
    for (const code of [undefined, 'ECONNRESET', 'TIMED_OUT'])
      expect(
        named(
          classify(
            { kind: 'failure', written, ...(code !== undefined && { code }) },
            { messageCount: 1, nowMs: 0 },
          ),
        ),
      ).toBe(expected);
  });

  it('has no row that none of this looks at', () => {
    const looked = /^(anything else|code |words |as many keys|other keys|a page of HTML|written|not written)/;
    expect(ROWS.filter(({ seen }) => !looked.test(seen))).toEqual([]);
    expect(ROWS.length).toBeGreaterThan(20);
  });
});
