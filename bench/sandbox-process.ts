import { freePort } from '@parley/provisioning';
import type { Programs } from './programs.ts';

const GRACE_MS = 2_000;

export const SANDBOX_KEY = 'key-of-the-bench';

/** A built sandbox with its limit off that tells nobody anything. */
export async function startSandbox(
  programs: Programs,
  { onOneCore = false }: { readonly onOneCore?: boolean } = {},
): Promise<{ readonly url: string; readonly pid: number }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const pid = await programs.start({
    script: 'apps/sandbox/dist/main.js',
    environment: {
      NODE_ENV: 'production',
      SANDBOX_HOST: '127.0.0.1',
      SANDBOX_PORT: String(port),
      SANDBOX_AUTH_KEY: SANDBOX_KEY,
      SANDBOX_RATE_LIMIT_PER_SECOND: '0',
      SANDBOX_ENFORCE_WINDOW: 'false',
      SANDBOX_PREVIEWS: 'off',
    },
    readyUrl: `${url}/sandbox/health`,
    graceMs: GRACE_MS,
    onOneCore,
  });
  return { url, pid };
}
