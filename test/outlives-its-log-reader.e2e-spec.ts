import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { freePort, waitUntil } from '@parley/provisioning';
import { REPOSITORY } from './processes/service-process.ts';

const TIMEOUT_MS = 60_000;

describe('A gateway whose log reader is gone', () => {
  it(
    'serves on, and stops cleanly when it is told to',
    async () => {
      const httpPort = await freePort();
      const gateway = spawn(process.execPath, [join(REPOSITORY, 'apps/gateway/dist/main.js')], {
        env: {
          HTTP_HOST: '127.0.0.1',
          HTTP_PORT: String(httpPort),
          GRPC_URL: `127.0.0.1:${await freePort()}`,
          INSIDER_BASE_URL: 'http://127.0.0.1:1',
          INSIDER_AUTH_KEY: 'unused',
        },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const exit = once(gateway, 'exit');
      try {
        const live = (): Promise<boolean> =>
          fetch(`http://127.0.0.1:${httpPort}/health/live`).then(
            ({ ok }) => ok,
            () => false,
          );
        const signal = AbortSignal.timeout(TIMEOUT_MS / 2);
        gateway.stdout.resume();
        await waitUntil(live, { signal, everyMs: 100 });
        gateway.stdout.destroy();
        // An unreadable callback is logged: the line has nobody to take it.
        const callback = fetch(`http://127.0.0.1:${httpPort}/callbacks/insider/default`, {
          method: 'POST',
          body: '?',
        });
        expect((await callback).status).toBe(200);
        expect(await live()).toBe(true);
        gateway.kill('SIGTERM');
        expect(await exit).toEqual([0, null]);
      } finally {
        gateway.kill('SIGKILL');
      }
    },
    TIMEOUT_MS,
  );
});
