import { beforeEach, describe, expect, it } from '@jest/globals';
import { TroubleTeller } from './trouble-teller.ts';
import type { TracingTrouble } from './trouble-teller.ts';

let nowMs: number;
let told: TracingTrouble[];
let teller: TroubleTeller;

beforeEach(() => {
  nowMs = 5;
  told = [];
  teller = new TroubleTeller(
    (trouble) => told.push(trouble),
    () => nowMs,
  );
});

describe('TroubleTeller', () => {
  it('tells of one trouble a minute, and how many it kept back', () => {
    for (const afterMs of [0, 1, 59_000, 60_000]) {
      nowMs = 5 + afterMs;
      teller.tell(`after ${afterMs}`);
    }
    expect(told).toEqual([
      { detail: 'after 0', untold: 0 },
      { detail: 'after 60000', untold: 2 },
    ]);
  });

  it.each([
    ['{"stack":"secret","message":"connect ECONNREFUSED","data":"secret"}', 'connect ECONNREFUSED'],
    ['{"stack":"secret","code":"ECONNREFUSED"}', 'ECONNREFUSED'],
    ['{"data":"secret"}', 'unknown'],
    ['{"data":"sec', 'unknown'],
    ['x'.repeat(1000), 'x'.repeat(200)],
  ])('of an error as the SDK writes it, says the sentence alone: %#', (text, detail) => {
    teller.tell(text);
    expect(told).toEqual([{ detail, untold: 0 }]);
  });
});
