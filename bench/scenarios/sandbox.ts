import { percentile } from '@parley/testing';
import { freePort } from '@parley/provisioning';
import { postAtRate } from '../post-at-rate.ts';
import { Programs, canPin } from '../programs.ts';
import type { Scenario } from '../scenario.ts';

const REQUESTS_PER_SECOND = 5_000;
/** Offered: more, so that what is reached is not what was asked for. */
const OFFERED_PER_SECOND = 6_000;
const SECONDS = 20;
/** Not counted: a process that has just started compiles its code. */
const WARM_UP_SECONDS = 4;
const RECIPIENTS = 1_000;
const AUTH_KEY = 'key-of-the-bench';
const GRACE_MS = 2_000;

export const sandbox: Scenario = {
  name: 'sandbox',
  measures: `${OFFERED_PER_SECOND} requests a second of one message to the sandbox, its limit off, ${canPin ? 'on one core' : 'that could not be kept on one core'}`,
  run: async ({ report, signal }) => {
    const programs = new Programs(signal);
    try {
      const url = `http://127.0.0.1:${await startSandbox(programs)}/v1/conversational/send`;
      const headers = { 'x-ins-auth-key': AUTH_KEY, 'user-agent': 'parley-bench' };
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

/** @returns its port */
async function startSandbox(programs: Programs): Promise<number> {
  const port = await freePort();
  await programs.start({
    script: 'apps/sandbox/dist/main.js',
    environment: {
      NODE_ENV: 'production',
      SANDBOX_HOST: '127.0.0.1',
      SANDBOX_PORT: String(port),
      SANDBOX_AUTH_KEY: AUTH_KEY,
      SANDBOX_RATE_LIMIT_PER_SECOND: '0',
      SANDBOX_ENFORCE_WINDOW: 'false',
    },
    readyUrl: `http://127.0.0.1:${port}/sandbox/health`,
    graceMs: GRACE_MS,
    onOneCore: true,
  });
  return port;
}

function bodies(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const phoneNumber = `+1555${String(index % RECIPIENTS).padStart(7, '0')}`;
    const message = { type: 'text', text: { body: `message ${index}` } };
    return JSON.stringify({ messages: [{ phoneNumber, message }] });
  });
}
