import { chromium } from 'playwright-core';

/**
 * A program: starts Chromium, of which its argument is the path, without a window, and prints the URL under which Playwright
 * reaches it. SIGTERM ends both.
 */
const LAUNCH_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 4_000;

const server = await chromium.launchServer({
  executablePath: process.argv[2] ?? '',
  headless: true,
  // Root cannot have a sandbox, nor can most containers. The pages are our own.
  chromiumSandbox: false,
  // This machine and nothing beyond it, so that no test depends on a network, nor tells anything to one.
  args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'],
  timeout: LAUNCH_TIMEOUT_MS,
  handleSIGTERM: false,
});
process.once('SIGTERM', () => void end());
console.log(server.wsEndpoint());

async function end(): Promise<void> {
  const kill = setTimeout(() => void server.kill(), CLOSE_TIMEOUT_MS);
  await server.close();
  clearTimeout(kill);
  process.exit(0);
}
