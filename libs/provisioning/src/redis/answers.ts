import { connect } from 'node:net';
import { waitUntil } from '../wait-until.ts';

const PING_TIMEOUT_MS = 1_000;

/** Waits until a Redis server answers PING. `signal` is the deadline. */
export async function untilRedisAnswers(host: string, port: number, signal: AbortSignal): Promise<void> {
  await waitUntil(() => ping(host, port), { signal, everyMs: 50 });
}

function ping(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(PING_TIMEOUT_MS, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('+PONG')));
  });
}
