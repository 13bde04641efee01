import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { refusesText } from './service-window.ts';
import type { WindowSeen } from './window-store.ts';

const NOW = Date.UTC(2030, 0, 2);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('A text', () => {
  const cases: [string, WindowSeen | undefined, { known: boolean; strict: boolean }][] = [
    ['whose recipient nothing is known of', undefined, { known: false, strict: true }],
    ['of whose recipient a store remembers no moment', {}, { known: false, strict: true }],
    ['whose recipient just wrote', { inboundMs: NOW }, { known: false, strict: false }],
    [
      'whose recipient wrote a day less a millisecond ago',
      { inboundMs: NOW - DAY + 1 },
      { known: false, strict: false },
    ],
    ['whose recipient wrote a day ago', { inboundMs: NOW - DAY }, { known: true, strict: true }],
    [
      'whose recipient wrote by a clock that is ahead',
      { inboundMs: NOW + HOUR },
      { known: false, strict: false },
    ],
    [
      'whose window was closed by the provider, and whose recipient was never seen writing',
      { closedMs: NOW - HOUR },
      { known: false, strict: true },
    ],
    [
      'whose window was closed after its recipient wrote',
      { inboundMs: NOW - 2 * HOUR, closedMs: NOW - HOUR },
      { known: true, strict: true },
    ],
    [
      'whose window was closed in the second in which its recipient wrote',
      { inboundMs: NOW - HOUR, closedMs: NOW - HOUR },
      { known: false, strict: false },
    ],
    [
      'whose recipient wrote after the window was closed',
      { inboundMs: NOW - HOUR, closedMs: NOW - 2 * HOUR },
      { known: false, strict: false },
    ],
    [
      'whose recipient wrote after the window was closed, and a day ago',
      { inboundMs: NOW - DAY, closedMs: NOW - 2 * DAY },
      { known: true, strict: true },
    ],
  ];

  it.each(cases)('%s is refused as its policy says', (_name, seen, { known, strict }) => {
    expect(refusesText('off', seen, NOW)).toBe(false);
    expect(refusesText('known', seen, NOW)).toBe(known);
    expect(refusesText('strict', seen, NOW)).toBe(strict);
  });

  const moment = fc.integer({ min: NOW - 3 * DAY, max: NOW + DAY });
  const window = fc.option(fc.record({ inboundMs: moment, closedMs: moment }, { requiredKeys: [] }), {
    nil: undefined,
  });

  it('that strict lets pass, known lets pass as well', () => {
    fc.assert(
      fc.property(window, moment, (seen, nowMs) => {
        expect(refusesText('known', seen, nowMs) && !refusesText('strict', seen, nowMs)).toBe(false);
      }),
      { numRuns: propertyRuns() },
    );
  });

  it('is refused from one moment on for ever, until its recipient writes again', () => {
    fc.assert(
      fc.property(window, moment, fc.nat(3 * DAY), (seen, nowMs, laterMs) => {
        for (const policy of ['known', 'strict'] as const) {
          const before = refusesText(policy, seen, nowMs);
          expect(before && !refusesText(policy, seen, nowMs + laterMs)).toBe(false);
          expect(refusesText(policy, { ...seen, inboundMs: nowMs, closedMs: nowMs - 1 }, nowMs)).toBe(false);
        }
      }),
      { numRuns: propertyRuns() },
    );
  });
});
