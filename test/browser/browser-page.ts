import { join } from 'node:path';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';

const SCREENSHOTS = join(import.meta.dirname, '../../test-output/screenshots');
const SCREENSHOT_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const WAIT_TIMEOUT_MS = 10_000;
const MAX_PROBLEMS = 50;
const MAX_PROBLEM_CHARACTERS = 500;

export interface PageOptions {
  /** In CSS pixels. @default 1280 × 800 */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** @default 'light' */
  readonly colorScheme?: 'light' | 'dark';
}

/** A page in a browser, and what went wrong in it. */
export class BrowserPage {
  /** Every wait of it ends after 10 seconds unless it says otherwise. */
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #problems: string[] = [];
  #problemsLeftOut = 0;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.#note('console', `${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.#note('error', error.message));
    page.on('requestfailed', (request) => this.#noteFailure(request));
    page.on('crash', () => this.#note('crash', page.url()));
    page.on('dialog', (dialog) => {
      this.#note('dialog', dialog.message());
      // An open one would hold up the page; one that its page took along needs no answer.
      dialog.dismiss().catch(() => undefined);
    });
  }

  /** Resolves when the page is loaded, with whatever status. */
  static async open(
    browser: Browser,
    url: string,
    { viewport = { width: 1280, height: 800 }, colorScheme = 'light' }: PageOptions = {},
  ): Promise<BrowserPage> {
    const context = await browser.newContext({ viewport, colorScheme, locale: 'en-US', timezoneId: 'UTC' });
    context.setDefaultTimeout(WAIT_TIMEOUT_MS);
    try {
      const opened = new BrowserPage(context, await context.newPage());
      await opened.page.goto(url);
      return opened;
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /**
   * Errors in the console and uncaught, requests without an answer, dialogs and crashes, each as `kind: what`, in order; an
   * answer of 400 or more is an error in the console. The first 50, and a line that counts the others.
   */
  get problems(): readonly string[] {
    return this.#problemsLeftOut === 0
      ? this.#problems
      : [...this.#problems, `and ${this.#problemsLeftOut} more`];
  }

  /**
   * Saves what is to be seen as `test-output/screenshots/<name>.png`, over the one of an earlier run.
   *
   * @param name lower-case words joined by hyphens, its own among all suites
   * @param options.fullPage also what is to be scrolled to
   */
  async screenshot(name: string, { fullPage = false } = {}): Promise<void> {
    if (!SCREENSHOT_NAME.test(name)) throw new Error(`a screenshot cannot be named ${name}`);
    // Animations and carets stand still in it.
    await this.page.screenshot({
      path: join(SCREENSHOTS, `${name}.png`),
      fullPage,
      animations: 'disabled',
      caret: 'hide',
    });
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  #noteFailure(request: Request): void {
    const reason = request.failure()?.errorText ?? 'unknown';
    // The page itself gave it up, or was left: an event stream always ends so.
    if (reason === 'net::ERR_ABORTED') return;
    this.#note('request', `${request.method()} ${request.url()} ${reason}`);
  }

  #note(kind: string, what: string): void {
    if (this.#problems.length < MAX_PROBLEMS)
      this.#problems.push(`${kind}: ${what}`.slice(0, MAX_PROBLEM_CHARACTERS));
    else this.#problemsLeftOut++;
  }
}
