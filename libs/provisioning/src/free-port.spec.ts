import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort, isPortFree } from './free-port.ts';

describe('freePort', () => {
  it('passes over a port that somebody listens on', async () => {
    const taken = createServer().listen(await freePort(), '127.0.0.1');
    await once(taken, 'listening');
    const { port: takenPort } = taken.address() as { port: number };
    const takenFirst = [(takenPort - 20_000) / 10_000];
    const port = await freePort(() => takenFirst.shift() ?? Math.random());
    await new Promise((resolve) => taken.close(resolve));
    expect(port).not.toBe(takenPort);
  });

  it('stays below the ports of outgoing connections', async () => {
    const port = await freePort(() => 0.999_99);
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(30_000);
  });

  it('gives a port that can be listened on', async () => {
    expect(await isPortFree(await freePort())).toBe(true);
  });
});
