import type { Bar } from '../bar.ts';
import { drainBacklog } from '../drain-backlog.ts';
import type { Row, Scenario } from '../scenario.ts';
import { deliveryBars, drainRow } from './permits.ts';

const PROCESSES = [1, 2, 4] as const;

export const permitsJitter: Scenario = {
  name: 'permits-jitter',
  measures: 'the same, one gateway stalled 20 ms now and then and each request 5 to 50 ms on its way',
  run: async (context) => {
    const rows: Row[] = [];
    const bars: Bar[] = [];
    let [requests, throttled] = [0, 0];
    for (const processes of PROCESSES) {
      context.report(`${processes} of ${PROCESSES.join(', ')} processes`);
      const figures = await drainBacklog({ processes, disturbed: true }, context);
      requests += figures.requests;
      throttled += figures.throttled;
      rows.push({
        ...drainRow(processes, figures),
        '429s of requests': shareOf(figures.throttled, figures.requests),
        '429s of all so far': shareOf(throttled, requests),
      });
      const what = `worst second with ${processes} processes`;
      bars.push({ what, value: figures.worstSecond, atMost: 11 }, ...deliveryBars(processes, figures));
    }
    // One run is too short to tell a rate of 1 in 200 from chance.
    bars.push({ what: '429s as a share of all requests', value: throttled / requests, below: 1 / 200 });
    return { rows, bars };
  },
};

function shareOf(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(2)} %`;
}
