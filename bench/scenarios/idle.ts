import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs, percentile, seededRandom } from '@parley/testing';
import { GatewayClient } from '@parley/testing/gateway-client';
import type { CallEnd } from '@parley/testing/gateway-client';
import type { Bar } from '../bar.ts';
import { startGateway } from '../gateway-process.ts';
import type { Ledger } from '../ledger.ts';
import { Programs } from '../programs.ts';
import { startProvider } from '../provider-process.ts';
import type { Row, Scenario, ScenarioContext } from '../scenario.ts';

const MESSAGES = 300;
/** Not counted: a process that has just started is not an idle one. */
const WARM_UP_MESSAGES = 20;
/** Longer than the distance between two permits, so that none of them waits for one. */
const [MIN_GAP_MS, MAX_GAP_MS] = [120, 250] as const;
const CALL_TIMEOUT_MS = 30_000;

/** Moments in milliseconds, by the message's body. */
type Moments = Readonly<Record<string, number>>;

export const idle: Scenario = {
  name: 'idle',
  measures: 'how long a single message takes through an idle gateway, Redis on',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
    try {
      const { ledger, calledAtMs, acceptedAtMs } = await sendSingles(context, join(folder, 'accepted.json'));
      const counted = Object.keys(calledAtMs);
      const fromCall = delays(counted, { sinceMs: calledAtMs, ledger });
      const fromAcceptance = delays(counted, { sinceMs: acceptedAtMs, ledger });
      return {
        rows: [row('call to arrival', fromCall), row('acceptance to arrival', fromAcceptance)],
        bars: barsOf(fromAcceptance),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function sendSingles(
  { redisUrl, seed, report, signal }: ScenarioContext,
  acceptedFile: string,
): Promise<{ ledger: Ledger; calledAtMs: Moments; acceptedAtMs: Moments }> {
  const programs = new Programs(signal);
  const gateways = new Programs(signal);
  try {
    const provider = await startProvider(programs);
    const { grpc } = await startGateway(gateways, {
      redisUrl,
      providerUrl: provider.url,
      preload: [`bench/stamp-acceptance.ts?file=${encodeURIComponent(acceptedFile)}`],
      onWarning: (line) => report(`gateway warns: ${line}`),
    });
    const client = new GatewayClient(grpc);
    await client.connect();
    const calledAtMs = await callOneByOne(client, { random: seededRandom(seed), report, signal });
    const ledger = await provider.ledger();
    client.close();
    await gateways.stop(); // which makes it tell when it accepted what
    return { ledger, calledAtMs, acceptedAtMs: JSON.parse(await readFile(acceptedFile, 'utf8')) as Moments };
  } finally {
    await gateways.stop();
    await programs.stop();
  }
}

/** One call per message, whether or not the one before was answered. */
async function callOneByOne(
  client: GatewayClient,
  options: {
    readonly random: () => number;
    readonly report: (line: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<Moments> {
  const { random, report, signal } = options;
  const run = randomUUID().slice(0, 8);
  const calledAtMs: Record<string, number> = {};
  const calls: Promise<CallEnd>[] = [];
  for (let index = -WARM_UP_MESSAGES; index < MESSAGES; index++) {
    if (index > 0 && index % 100 === 0) report(`${index} of ${MESSAGES} messages sent`);
    await delay(MIN_GAP_MS + random() * (MAX_GAP_MS - MIN_GAP_MS), undefined, { signal });
    const id = `${run}-${index + WARM_UP_MESSAGES}`;
    const phoneNumber = `+49151${String(index + WARM_UP_MESSAGES).padStart(8, '0')}`;
    if (index >= 0) calledAtMs[id] = monotonicMs();
    calls.push(
      client.send([{ messageId: id, phoneNumber, text: { body: id } }], {
        timeoutMs: CALL_TIMEOUT_MS,
        signal,
      }),
    );
  }
  const ends = await Promise.all(calls);
  signal.throwIfAborted();
  const others = ends.filter((end) => end.kind === 'failed' || end.results[0]?.outcome !== 'ACCEPTED').length;
  if (others > 0) throw new Error(`${others} messages were not accepted`);
  return calledAtMs;
}

/** Of the messages that the provider took. */
function delays(
  bodies: readonly string[],
  { sinceMs, ledger }: { readonly sinceMs: Moments; readonly ledger: Ledger },
): number[] {
  const arrivedAtMs = new Map(
    ledger
      .filter(({ status }) => status === 200)
      .flatMap(({ atMs, messages }) => messages.map(({ body }) => [body, atMs])),
  );
  return bodies
    .filter((body) => arrivedAtMs.has(body))
    .map((body) => (arrivedAtMs.get(body) ?? NaN) - (sinceMs[body] ?? NaN));
}

function row(measured: string, delaysMs: readonly number[]): Row {
  const inMs = (share: number): string => percentile(delaysMs, share).toFixed(2);
  return {
    measured,
    messages: delaysMs.length,
    'p50 ms': inMs(0.5),
    'p90 ms': inMs(0.9),
    'p99 ms': inMs(0.99),
    'max ms': inMs(1),
  };
}

function barsOf(delaysMs: readonly number[]): Bar[] {
  return [
    { what: 'messages measured', value: delaysMs.length, atLeast: MESSAGES },
    { what: 'p50 of acceptance to arrival, ms,', value: percentile(delaysMs, 0.5), atMost: 2 },
    { what: 'p99 of acceptance to arrival, ms,', value: percentile(delaysMs, 0.99), atMost: 10 },
  ];
}
