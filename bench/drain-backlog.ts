import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayClient } from '@parley/testing/gateway-client';
import type { Text } from '@parley/testing/gateway-client';
import { deliveryFigures } from './delivery-figures.ts';
import type { DeliveryFigures } from './delivery-figures.ts';
import { startGateway } from './gateway-process.ts';
import { permitFigures } from './permit-figures.ts';
import type { PermitFigures } from './permit-figures.ts';
import { Programs } from './programs.ts';
import { startProvider } from './provider-process.ts';
import type { ProviderProcess } from './provider-process.ts';
import type { ScenarioContext } from './scenario.ts';

const CALLS = 20;
const MESSAGES_PER_CALL = 1_000;
/** Fewer than messages, so that there is an order to keep. */
const RECIPIENTS_PER_CALL = 900;
const CALL_TIMEOUT_MS = 120_000;
const PROGRESS_EVERY_MS = 5_000;
const MAX_WARNINGS_TOLD = 3;

export interface DrainOptions {
  /** Gateway processes that share one Redis and one account. */
  readonly processes: number;
  /** One gateway's event loop stalls now and then, and the network's delay varies from request to request. */
  readonly disturbed: boolean;
}

export interface DrainFigures extends PermitFigures, DeliveryFigures {
  /** Messages whose caller was not told `ACCEPTED`. */
  readonly notAccepted: number;
}

/** 20,000 messages handed to the gateways at once, in 20 calls spread evenly; measured at the provider. */
export async function drainBacklog(options: DrainOptions, context: ScenarioContext): Promise<DrainFigures> {
  const { processes, disturbed } = options;
  const { seed, report, signal } = context;
  const programs = new Programs(signal);
  const clients: GatewayClient[] = [];
  try {
    const provider = await startProvider(programs, disturbed ? { network: { seed } } : {});
    const addresses = await Promise.all(
      Array.from({ length: processes }, (_, index) =>
        startGateway(programs, {
          redisUrl: context.redisUrl,
          providerUrl: provider.url,
          preload: disturbed && index === 0 ? [`bench/stall.ts?seed=${seed}`] : [],
          onWarning: firstOnly(MAX_WARNINGS_TOLD, (line) => report(`gateway ${index + 1} warns: ${line}`)),
        }),
      ),
    );
    for (const { grpc } of addresses) clients.push(new GatewayClient(grpc));
    await Promise.all(clients.map((client) => client.connect()));
    const calls = callsOf(randomUUID().slice(0, 8));
    const notAccepted = await submit(calls, { clients, provider, report, signal });
    const ledger = await provider.ledger();
    const submitted = calls.flat().map(({ phoneNumber, text }) => ({ phoneNumber, body: text.body }));
    return { ...permitFigures(ledger), ...deliveryFigures(ledger, submitted), notAccepted };
  } finally {
    for (const client of clients) client.close();
    await programs.stop();
  }
}

/** @param run makes the ids unique: a Redis may remember those of an earlier run */
function callsOf(run: string): Text[][] {
  return Array.from({ length: CALLS }, (_, call) =>
    Array.from({ length: MESSAGES_PER_CALL }, (_, index) => {
      const id = `${run}-${call}-${index}`;
      const recipient = call * RECIPIENTS_PER_CALL + (index % RECIPIENTS_PER_CALL);
      const phoneNumber = `+49151${String(recipient).padStart(8, '0')}`;
      return { messageId: id, phoneNumber, text: { body: id } };
    }),
  );
}

/** @returns how many messages did not end as `ACCEPTED` */
async function submit(
  calls: readonly (readonly Text[])[],
  options: {
    readonly clients: readonly GatewayClient[];
    readonly provider: ProviderProcess;
    readonly report: (line: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { clients, provider, report, signal } = options;
  const done = new AbortController();
  const progress = tellProgress(provider, { report, signal: AbortSignal.any([signal, done.signal]) });
  const calling = calls.map(async (messages, index) => {
    const end = await clients[index % clients.length]?.send(messages, { timeoutMs: CALL_TIMEOUT_MS, signal });
    signal.throwIfAborted();
    if (end?.kind === 'results') return end.results.filter(({ outcome }) => outcome === 'ACCEPTED').length;
    report(`call ${index + 1} failed: ${end?.code}, ${end?.reason ?? 'no reason'}`);
    return 0;
  });
  const answered = Promise.all(calling).finally(() => done.abort());
  const [accepted] = await Promise.all([answered, progress]);
  return CALLS * MESSAGES_PER_CALL - accepted.reduce((total, count) => total + count, 0);
}

async function tellProgress(
  provider: ProviderProcess,
  { report, signal }: { readonly report: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await delay(PROGRESS_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const { requests, throttled } = await provider.count();
    report(`${requests} requests arrived, ${throttled} answered 429`);
  }
}

function firstOnly(times: number, tell: (line: string) => void): (line: string) => void {
  let left = times;
  return (line) => {
    if (left-- > 0) tell(line);
  };
}
