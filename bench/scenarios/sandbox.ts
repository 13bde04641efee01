import { percentile } from '@parley/testing';
import { postAtRate } from '../post-at-rate.ts';
import { Programs, canPin } from '../programs.ts';
import { SANDBOX_KEY, startSandbox } from '../sandbox-process.ts';
import type { Scenario } from '../scenario.ts';

const REQUESTS_PER_SECOND = 5_000;
/** Offered: more, so that what is reached is not what was asked for. */
const OFFERED_PER_SECOND = 6_000;
const SECONDS = 20;
/** Not counted: a process that has just started compiles its code. */
const WARM_UP_SECONDS = 4;
const RECIPIENTS = 1_000;

export const sandbox: Scenario = {
  name: 'sandbox',
  measures: `${OFFERED_PER_SECOND} requests a second of one message to the sandbox, its limit off, ${canPin ? 'on one core' : 'that could not be kept on one core'}`,
  run: async ({ report, signal }) => {
    const programs = new Programs(signal);
    try {
      const { url: base } = await startSandbox(programs, { onOneCore: true });
      const url = `${base}/v1/conversational/send`;
      const headers = { 'x-ins-auth-key': SANDBOX_KEY, 'user-agent': 'parley-bench' };
      const load = { url, headers, perSecond: OFFERED_PER_SECOND, signal };
      await postAtRate({ ...load, bodies: bodies(WARM_UP_SECONDS * OFFERED_PER_SECOND) });
      report('warm');
      const posted = await postAtRate({ ...load, bodies: bodies(SECONDS * OFFERED_PER_SECOND) });

      const taken = posted.filter(({ status }) => status === 200);
      const fromMs = posted[0]?.dueAtMs ?? NaN;
      const untilMs = Math.max(...posted.map(({ answeredAtMs }) => answeredAtMs));
      const perSecond = taken.length / ((untilMs - fromMs) / 1_000);
      const tookMs = posted.map(({ dueAtMs, answeredAtMs }) => answeredAtMs - dueAtMs);
      const refused = posted.length - taken.length;
      return {
        rows: [
          {
            requests: posted.length,
            'requests/s': perSecond.toFixed(0),
            'p50 ms': percentile(tookMs, 0.5).toFixed(1),
            'p99 ms': percentile(tookMs, 0.99).toFixed(1),
            'max ms': percentile(tookMs, 1).toFixed(1),
            refused,
          },
        ],
        bars: [
          { what: 'requests/s', value: perSecond, atLeast: REQUESTS_PER_SECOND },
          { what: 'requests refused', value: refused, atMost: 0 },
        ],
      };
    } finally {
      await programs.stop();
    }
  },
};

function bodies(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const phoneNumber = `+1555${String(index % RECIPIENTS).padStart(7, '0')}`;
    const message = { type: 'text', text: { body: `message ${index}` } };
    return JSON.stringify({ messages: [{ phoneNumber, message }] });
  });
}
