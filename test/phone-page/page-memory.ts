import type { CDPSession, Page } from 'playwright-core';

export interface Held {
  readonly heapMiB: number;
  /** Of all documents, detached ones too, as long as something holds them; texts and attributes count. */
  readonly nodes: number;
}

/** What a page in Chromium holds once its garbage is gone. */
export class PageMemory {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<PageMemory> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    return new PageMemory(session);
  }

  async held(): Promise<Held> {
    await this.#session.send('HeapProfiler.collectGarbage');
    const { metrics } = await this.#session.send('Performance.getMetrics');
    const value = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN;
    return { heapMiB: value('JSHeapUsedSize') / 2 ** 20, nodes: value('Nodes') };
  }
}
