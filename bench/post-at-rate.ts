import { Agent, request } from 'node:http';
import { monotonicMs } from '@parley/testing';

const TICK_MS = 1;
const ANSWER_TIMEOUT_MS = 10_000;
/** What finds none waits for one here: a server that is too slow is told as such, and not drowned. */
const CONNECTIONS = 320;

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: readonly string[];
  /** Begun evenly, however long the answers take. */
  readonly perSecond: number;
  readonly signal: AbortSignal;
}

/** One request: when it was due, and how it ended. Milliseconds of the monotonic clock. */
export interface Posted {
  readonly dueAtMs: number;
  readonly answeredAtMs: number;
  /** 0 when no answer came. */
  readonly status: number;
}

/**
 * Posts all bodies over connections that stay open. What is begun late, since this process or
 * the other was busy, counts from when it was due.
 */
export async function postAtRate(load: Load): Promise<Posted[]> {
  const { bodies, perSecond, signal } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const posted: Promise<Posted>[] = [];
  const startedAtMs = monotonicMs();
  const dueAtMs = (index: number): number => startedAtMs + (index * 1_000) / perSecond;
  const { promise: begun, resolve, reject } = Promise.withResolvers<void>();
  const ticking = setInterval(() => {
    while (posted.length < bodies.length && dueAtMs(posted.length) <= monotonicMs()) {
      posted.push(postOne(bodies[posted.length] ?? '', { ...load, agent, dueAtMs: dueAtMs(posted.length) }));
    }
    if (posted.length === bodies.length) resolve();
    if (signal.aborted) reject(signal.reason as Error);
  }, TICK_MS);
  try {
    await begun;
    return await Promise.all(posted);
  } finally {
    clearInterval(ticking);
    agent.destroy();
  }
}

function postOne(
  body: string,
  { url, headers: given, agent, dueAtMs }: Load & { readonly agent: Agent; readonly dueAtMs: number },
): Promise<Posted> {
  const { promise, resolve } = Promise.withResolvers<Posted>();
  const end = (status: number): void => resolve({ dueAtMs, answeredAtMs: monotonicMs(), status });
  const headers = {
    ...given,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const outgoing = request(
    url,
    { method: 'POST', agent, headers, timeout: ANSWER_TIMEOUT_MS },
    (response) => {
      response.resume();
      response.once('end', () => end(response.statusCode ?? 0));
      response.once('error', () => end(0));
    },
  );
  outgoing.once('timeout', () => outgoing.destroy());
  outgoing.once('error', () => end(0));
  outgoing.end(body);
  return promise;
}
