import { readFile } from 'node:fs/promises';
import { GatewayClient } from '@parley/testing/gateway-client';
import type { GatewayProcess } from '../gateway-process.ts';
import { textOf } from '../texts.ts';
import { eachOf } from './raw-exchange.ts';

const CALLS = 400;
const AT_ONCE = 10;
/** Of /proc, on every Linux that Node runs on. */
const TICK_MS = 10;

/** Loaded by a gateway that is observed here. */
export const WATCH_LOOP = `--import=${new URL('./watch-loop.ts', import.meta.url).href}`;

/** How a gateway does, seen from outside. */
export interface Health {
  readonly pid: number | undefined;
  /** Healthy calls that were not answered as healthy calls are. */
  readonly failures: readonly string[];
  /** Processor time of the gateway for the healthy calls. */
  readonly cpuMs: number;
  readonly residentMiB: number;
}

/** Makes healthy calls by gRPC and HTTP, and sees what they cost the gateway and how much memory it holds then. */
export async function healthOf(gateway: GatewayProcess): Promise<Health> {
  const client = new GatewayClient(gateway.grpcAddress);
  const failures: string[] = [];
  const cpuBefore = await cpuMsOf(gateway);
  try {
    await eachOf(
      Array.from({ length: CALLS }, () => textOf({ prefix: 'healthy' })),
      async (text, index) => {
        const failure = index % 2 === 0 ? await callFailure(client, text) : await httpFailure(gateway, text);
        if (failure !== undefined) failures.push(failure);
      },
      AT_ONCE,
    );
  } finally {
    client.close();
  }
  if ((await gateway.liveness()) !== 200) failures.push('not live');
  const cpuMs = (await cpuMsOf(gateway)) - cpuBefore;
  return { pid: gateway.pid, failures, cpuMs, residentMiB: await gateway.residentMiB() };
}

type HealthyText = ReturnType<typeof textOf>;

async function callFailure(client: GatewayClient, text: HealthyText): Promise<string | undefined> {
  const end = await client.send([text]);
  const accepted = end.kind === 'results' && end.results[0]?.outcome === 'ACCEPTED';
  return accepted ? undefined : JSON.stringify(end);
}

async function httpFailure(gateway: GatewayProcess, text: HealthyText): Promise<string | undefined> {
  const { status, body } = await gateway.sendOverHttp(text);
  return status === 200 ? undefined : `${status} ${body}`;
}

async function cpuMsOf({ pid }: GatewayProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // What follows the program's name, which may hold anything: the state, and from the 14th field on the times.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
