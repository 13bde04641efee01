/* global fetch, AbortSignal, Buffer, process */
// Run by `helm test` in the gateway's image: a line for each Service, and exit code 1 when one of them does not do.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const ASK_TIMEOUT_MS = 5_000;
const AGAIN_AFTER_MS = 1_000;

const url = { type: 'string' };
const {
  values: { patience, ...services },
} = parseArgs({
  // For everything, in seconds: a rollout may be under way.
  options: { patience: { ...url, default: '60' }, health: url, callbacks: url, send: url, grpc: url },
});
const deadline = AbortSignal.timeout(Number(patience) * 1000);

const checks = {
  health: async (base) => {
    const response = await fetch(`${base}/health/ready`, asking());
    const { details } = await response.json();
    const away = ['bus', 'state'].filter((name) => (details?.[name]?.status ?? 'up') !== 'up');
    const found = `${response.status} ${JSON.stringify(details)}`;
    if (!response.ok) throw new Error(`not ready: ${found}`);
    if (away.length > 0) throw new Error(`cannot reach ${away.join(' and ')}: ${found}`);
    return found;
  },
  callbacks: async (base) => {
    const { status } = await fetch(`${base}/callbacks/insider/default`, { method: 'POST', ...asking() });
    if (status !== 401) throw new Error(`a callback without a token is answered ${status}, not 401`);
    return 'refuses a callback without a token';
  },
  send: async (base) => {
    const { status } = await fetch(`${base}/v1/conversational/send`, { method: 'POST', ...asking() });
    // 400 where everybody may call.
    if (![400, 401].includes(status)) throw new Error(`an empty call is answered ${status}`);
    return 'refuses an empty call';
  },
  grpc: async (base) => {
    const session = connect(base);
    try {
      const request = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      // An empty HealthCheckRequest: not compressed, 0 bytes.
      request.end(Buffer.alloc(5));
      const answer = [];
      request.on('data', (chunk) => answer.push(chunk));
      await Promise.race([
        once(request, 'end', asking()),
        once(session, 'error', asking()).then(([error]) => Promise.reject(error)),
      ]);
      // HealthCheckResponse: field 1 is SERVING.
      if (Buffer.concat(answer).toString('hex') !== '00000000020801') throw new Error('is not SERVING');
      return 'is SERVING';
    } finally {
      session.destroy();
    }
  },
};

function asking() {
  return { signal: AbortSignal.any([deadline, AbortSignal.timeout(ASK_TIMEOUT_MS)]) };
}

async function run(name, base) {
  let problem = new Error('no answer in time');
  while (!deadline.aborted) {
    try {
      process.stdout.write(`ok      ${name} ${base}: ${await checks[name](base)}\n`);
      return;
    } catch (error) {
      // What the deadline itself broke off says less than what came before.
      if (!deadline.aborted) problem = error;
      await setTimeout(AGAIN_AFTER_MS, undefined, { signal: deadline }).catch(() => undefined);
    }
  }
  process.stdout.write(`NOT OK  ${name} ${base}: ${problem.cause?.message ?? problem.message}\n`);
  process.exitCode = 1;
}

await Promise.all(Object.entries(services).map(([name, base]) => run(name, base)));
