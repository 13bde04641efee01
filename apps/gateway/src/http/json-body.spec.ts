import { describe, expect, it } from '@jest/globals';
import { MAX_VALUES, readJsonBody } from './json-body.ts';

const MIB = 1024 * 1024;

function readText(text: string): ReturnType<typeof readJsonBody> {
  return readJsonBody(Buffer.from(text));
}

describe('readJsonBody', () => {
  it('reads 1,000 of the longest texts, whatever they are made of', () => {
    const texts = Array.from({ length: 1_000 }, () => '[{",\\'.repeat(819));
    expect(readText(JSON.stringify(texts))).toEqual({ kind: 'json', value: texts });
  });

  it('reads as many values as a body may hold, and no more', () => {
    const values = (count: number): string => `[${Array(count).fill('""').join(',')}]`;
    expect(readText(values(MAX_VALUES)).kind).toBe('json');
    expect(readText(values(MAX_VALUES + 1)).kind).toBe('undecodable');
  });

  it.each([
    ['lists in lists', '['],
    ['objects in objects', '{"":'],
    ['empty objects', '{},'],
    ['numbers', '1,'],
    ['names', '"a":1,'],
    ['escaped quotes outside of texts', '\\",'],
  ])('does not decode 32 MiB of %s', (_name, piece) => {
    const body = Buffer.alloc(32 * MIB, `[${piece}`);
    body.fill(piece, 1);
    const heldBefore = process.memoryUsage().heapUsed;
    expect(readJsonBody(body).kind).toBe('undecodable');
    expect(process.memoryUsage().heapUsed - heldBefore).toBeLessThan(16 * MIB);
  });
});
