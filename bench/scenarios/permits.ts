import type { Bar } from '../bar.ts';
import { drainBacklog } from '../drain-backlog.ts';
import type { DrainFigures } from '../drain-backlog.ts';
import type { Row, Scenario } from '../scenario.ts';

const PROCESSES = [1, 2, 4] as const;

export const permits: Scenario = {
  name: 'permits',
  measures: '20,000 messages waiting, limit 10, batch 100: 1, 2 and 4 gateways on one Redis',
  run: async (context) => {
    const rows: Row[] = [];
    const bars: Bar[] = [];
    for (const processes of PROCESSES) {
      context.report(`${processes} of ${PROCESSES.join(', ')} processes`);
      const figures = await drainBacklog({ processes, disturbed: false }, context);
      rows.push(drainRow(processes, figures));
      bars.push(...barsOf(processes, figures));
    }
    return { rows, bars };
  },
};

export function drainRow(processes: number | string, figures: DrainFigures): Row {
  return {
    processes,
    requests: figures.requests,
    'worst second': figures.worstSecond,
    '11 within ms': figures.closestMs.toFixed(0),
    '429s': figures.throttled,
    'permits used %': (figures.permitsUsed * 100).toFixed(1),
    'mean batch': figures.meanBatch.toFixed(1),
    'messages/s': figures.messagesPerSecond.toFixed(0),
    duplicates: figures.duplicates,
    lost: figures.lost,
    'order breaks': figures.orderBreaks,
    'not accepted': figures.notAccepted,
  };
}

/** What holds whatever the network does. */
export function deliveryBars(processes: number, figures: DrainFigures): Bar[] {
  const named = (what: string): string => `${what} with ${processes} processes`;
  return [
    { what: named('messages lost'), value: figures.lost, atMost: 0 },
    { what: named('duplicates'), value: figures.duplicates, atMost: 0 },
    { what: named('order breaks'), value: figures.orderBreaks, atMost: 0 },
    { what: named('messages not accepted'), value: figures.notAccepted, atMost: 0 },
  ];
}

function barsOf(processes: number, figures: DrainFigures): Bar[] {
  const named = (what: string): string => `${what} with ${processes} processes`;
  return [
    { what: named('worst second'), value: figures.worstSecond, atMost: 10 },
    { what: named('429s'), value: figures.throttled, atMost: 0 },
    { what: named('permits used'), value: figures.permitsUsed, atLeast: 0.975 },
    { what: named('mean batch'), value: figures.meanBatch, atLeast: 98 },
    { what: named('messages/s'), value: figures.messagesPerSecond, atLeast: 950 },
    ...deliveryBars(processes, figures),
  ];
}
