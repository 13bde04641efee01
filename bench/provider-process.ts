import { freePort } from '@parley/provisioning';
import type { Ledger, LedgerCount } from './ledger.ts';
import type { Programs } from './programs.ts';

const ASK_TIMEOUT_MS = 10_000;
const GRACE_MS = 1_000;

export const LIMIT_PER_SECOND = 10;
const LATENCY_MS = 250;

export interface ProviderProcess {
  /** Base URL that gateways are given: the provider's own, or that of the network in front of it. */
  readonly url: string;
  /** Everything that arrived; ask when nothing is on its way any more. */
  ledger(): Promise<Ledger>;
  count(): Promise<LedgerCount>;
}

export interface ProviderOptions {
  /** Delays each request by 5 to 50 ms on its way. */
  readonly network?: { readonly seed: number };
  /** @default 10 */
  readonly limitPerSecond?: number;
}

export async function startProvider(
  programs: Programs,
  { network, limitPerSecond = LIMIT_PER_SECOND }: ProviderOptions = {},
): Promise<ProviderProcess> {
  const port = await freePort();
  const ownUrl = `http://127.0.0.1:${port}`;
  await programs.start({
    script: 'bench/provider.ts',
    args: [`--port=${port}`, `--limit-per-second=${limitPerSecond}`, `--latency-ms=${LATENCY_MS}`],
    readyUrl: `${ownUrl}/count`,
    graceMs: GRACE_MS,
  });
  return {
    url: network ? await startNetwork(programs, { ...network, target: ownUrl }) : ownUrl,
    ledger: () => ask<Ledger>(`${ownUrl}/ledger`),
    count: () => ask<LedgerCount>(`${ownUrl}/count`),
  };
}

async function startNetwork(
  programs: Programs,
  { seed, target }: { readonly seed: number; readonly target: string },
): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await programs.start({
    script: 'bench/delaying-proxy.ts',
    args: [`--port=${port}`, `--target=${target}`, '--min-ms=5', '--max-ms=50', `--seed=${seed}`],
    readyUrl: `${url}/count`,
    graceMs: GRACE_MS,
  });
  return url;
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  return (await response.json()) as T;
}
