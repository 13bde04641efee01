import { createServer } from 'node:net';

const LOWEST = 20_000;
const COUNT = 10_000;
const ATTEMPTS = 50;

/**
 * A TCP port of this machine that nobody listens on now. Another process may take it before the caller does.
 *
 * Ports come from 20000 to 29999, below the range that systems hand to outgoing connections: a server that restarts on
 * its port must not find that a client, reconnecting meanwhile, was given the same number.
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(random() * COUNT);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free TCP port between ${LOWEST} and ${LOWEST + COUNT - 1} after ${ATTEMPTS} attempts`);
}

/** Whether a server could listen on `port` now, on every address of this machine. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
