import { describe, expect, it } from '@jest/globals';
import type { Ledger } from './ledger.ts';
import { permitFigures } from './permit-figures.ts';

const ENTRY = { phoneNumber: '+4915100000000', body: 'text' };

function ledgerOf(
  timesMs: readonly number[],
  { batch = 100, throttled = [] }: { batch?: number; throttled?: readonly number[] } = {},
): Ledger {
  return timesMs.map((atMs, index) => ({
    atMs,
    status: throttled.includes(index) ? 429 : 200,
    messages: Array.from({ length: batch }, () => ENTRY),
  }));
}

const every = (intervalMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => 5_000 + index * intervalMs);

describe('permitFigures', () => {
  it('counts the fullest second wherever it begins, and a second apart as apart', () => {
    expect(permitFigures(ledgerOf(every(100, 50)))).toMatchObject({ worstSecond: 10, closestMs: 1000 });
    expect(permitFigures(ledgerOf(every(99.9, 50))).worstSecond).toBe(11);
    const burstAcrossTheEdge = [0, 900, 950, 990, 1010, 1050, 1890];
    expect(permitFigures(ledgerOf(burstAcrossTheEdge)).worstSecond).toBe(6);
  });

  it('tells 100 % for permits without a gap, and less for each that went by', () => {
    expect(permitFigures(ledgerOf(every(100, 101))).permitsUsed).toBeCloseTo(1);
    const halfUsed = every(200, 101);
    expect(permitFigures(ledgerOf(halfUsed)).permitsUsed).toBeCloseTo(0.5);
  });

  it('leaves what came before the first and after the last full batch out of the permits used', () => {
    const [slowStart, slowEnd] = [ledgerOf([0], { batch: 1 }), ledgerOf([60_000], { batch: 3 })];
    const ledger = [...slowStart, ...ledgerOf(every(100, 101)), ...slowEnd];
    expect(permitFigures(ledger).permitsUsed).toBeCloseTo(1);
    expect(permitFigures(ledger).meanBatch).toBeCloseTo(10_104 / 103);
  });

  it('counts what was refused as a request and not as messages sent', () => {
    const figures = permitFigures(ledgerOf(every(100, 11), { throttled: [5] }));
    expect(figures).toMatchObject({ requests: 11, throttled: 1 });
    expect(figures.messagesPerSecond).toBeCloseTo(900);
  });
});
