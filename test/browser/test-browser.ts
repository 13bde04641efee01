import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeashedProcess } from '@parley/provisioning';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { BrowserPage } from './browser-page.ts';
import type { PageOptions } from './browser-page.ts';

const PROGRAM = join(import.meta.dirname, 'browser-server.ts');
const LAUNCH_TIMEOUT_MS = 40_000;
const CONNECT_TIMEOUT_MS = 10_000;
// Longer than the program gives Chromium.
const GRACE_MS = 8_000;

/**
 * Chromium without a window, which reaches this machine and nothing beyond it. Neither it nor its temporary files outlive
 * this process, whatever way that ends.
 */
export class TestBrowser {
  readonly #server: LeashedProcess;
  readonly #browser: Browser;

  private constructor(server: LeashedProcess, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /**
   * @param executablePath of Chromium or of one of its kin
   * @throws Error when it is not there within 50 seconds, with what it said
   */
  static async launch(executablePath: string): Promise<TestBrowser> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-browser-'));
    const url = Promise.withResolvers<string>();
    const server = new LeashedProcess({
      file: process.execPath,
      args: [PROGRAM, executablePath],
      env: { ...process.env, TMPDIR: folder },
      folder,
      graceMs: GRACE_MS,
      onLine: (line) => {
        if (line.startsWith('ws://')) url.resolve(line);
      },
    });
    const late = setTimeout(() => url.reject(new Error('no answer in time')), LAUNCH_TIMEOUT_MS);
    try {
      await server.start();
      void server.exited.then(() => url.reject(new Error('ended')));
      const browser = await chromium.connect(await url.promise, { timeout: CONNECT_TIMEOUT_MS });
      return new TestBrowser(server, browser);
    } catch (error) {
      await server.release();
      throw new Error([`${executablePath} did not start:`, ...server.tail].join('\n  '), { cause: error });
    } finally {
      clearTimeout(late);
    }
  }

  /** A page with cookies and storage of its own. Open until it or the browser is closed. */
  openPage(url: string, options?: PageOptions): Promise<BrowserPage> {
    return BrowserPage.open(this.#browser, url, options);
  }

  /** Closes all pages and the browser, at the latest after 8 seconds. */
  async close(): Promise<void> {
    await this.#server.release();
  }
}
