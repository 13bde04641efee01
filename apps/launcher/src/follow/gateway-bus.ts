import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { eventLine } from './event-line.ts';
import { roleOfTopic } from './followed-roles.ts';
import type { FollowOptions } from './followed-roles.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Prints each event of the gateway's in-process bus from now on, until `stop`: the gateway shows them as server-sent
 * events, one JSON object `{ topic, key, headers, value }` on each `data:` line.
 */
export async function followGatewayBus(
  options: FollowOptions & { readonly gatewayUrl: string; readonly signal: AbortSignal },
): Promise<{ stop(): Promise<void> }> {
  const { gatewayUrl, topics, print, signal } = options;
  const url = `${gatewayUrl}/dev/bus/events`;
  const stopping = new AbortController();
  const connecting = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  const giveUp = (): void => stopping.abort(connecting.reason);
  connecting.addEventListener('abort', giveUp);
  signal.addEventListener('abort', giveUp);
  const response = await fetch(url, { signal: stopping.signal }).finally(() => {
    connecting.removeEventListener('abort', giveUp);
    signal.removeEventListener('abort', giveUp);
  });
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);

  const body = Readable.fromWeb(response.body);
  const lines = createInterface({ input: body });
  lines.on('error', () => undefined); // the gateway is gone, or `stop` was called: both are told elsewhere
  lines.on('line', (line) => {
    const event = line.startsWith('data:') ? busEvent(line.slice('data:'.length)) : undefined;
    const role = event && roleOfTopic(topics, event.topic);
    if (role) print(eventLine(role, event.value));
  });
  return {
    stop: () => {
      stopping.abort();
      return Promise.resolve();
    },
  };
}

function busEvent(data: string): { readonly topic: string; readonly value: string } | undefined {
  try {
    const { topic, value } = JSON.parse(data) as { topic?: unknown; value?: unknown };
    if (typeof topic !== 'string') return undefined;
    return { topic, value: typeof value === 'string' ? value : JSON.stringify(value) };
  } catch {
    return undefined; // not an event of the bus
  }
}
