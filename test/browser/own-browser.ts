import { afterAll, beforeAll, describe } from '@jest/globals';
import { TestBrowser } from './test-browser.ts';

const LAUNCH_TIMEOUT_MS = 70_000;
const CLOSE_TIMEOUT_MS = 20_000;

/** Path of the browser for tests; empty when there is none. */
export const CHROME_PATH = process.env['CHROME_PATH'] ?? '';

/** A suite that is skipped, test by test, when there is no browser. */
export const describeWithBrowser = CHROME_PATH === '' ? describe.skip : describe;

/** One for all tests of a suite, from before the first of them until after the last. */
export function ownBrowser(): () => TestBrowser {
  let browser: TestBrowser | undefined;
  beforeAll(async () => {
    browser = await TestBrowser.launch(CHROME_PATH);
  }, LAUNCH_TIMEOUT_MS);
  afterAll(() => browser?.close(), CLOSE_TIMEOUT_MS);
  return () => {
    if (!browser) throw new Error('not started yet');
    return browser;
  };
}
