import type { Page } from 'playwright-core';

/** Event Timing tells of nothing below. */
const SHORTEST_EVENT_MS = 16;
const SHOWN_TIMEOUT_MS = 10_000;

/** What a kind of interaction took, as the browser itself measured it. Milliseconds. */
export interface InteractionTimes {
  readonly count: number;
  /** From the input to the next frame drawn: that of the worst key or click. 16 when all were below. */
  readonly worstEventMs: number;
  /** Until the page was done with the worst of them, before the browser drew; 0 when all were below 16 ms. */
  readonly worstHandledMs: number;
  /** From the input until what was asked for is drawn; none where that is the next frame. */
  readonly shownMs: readonly number[];
  /** 0 when all were below 50 ms. */
  readonly longestFrameMs: number;
}

/** Measures interactions in one page, by Event Timing and long animation frames. */
export class InteractionWatch {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async of(page: Page): Promise<InteractionWatch> {
    await page.evaluate(OBSERVE);
    return new InteractionWatch(page);
  }

  /** @param interact returns how long it took until what was asked for was there, where it can tell */
  async measure(
    count: number,
    interact: (index: number) => Promise<number | undefined>,
  ): Promise<InteractionTimes> {
    await this.#take();
    const shown: (number | undefined)[] = [];
    for (let index = 0; index < count; index++) shown.push(await interact(index));
    const { events, frames } = await this.#take();
    return {
      count,
      worstEventMs: Math.max(SHORTEST_EVENT_MS, ...events.map(({ durationMs }) => durationMs)),
      worstHandledMs: Math.max(0, ...events.map(({ handledMs }) => handledMs)),
      shownMs: shown.filter((ms) => ms !== undefined),
      longestFrameMs: Math.max(0, ...frames),
    };
  }

  /**
   * Resolves, once it watches, with the time from the next event of that type until the condition holds in a frame.
   *
   * @param condition in the browser, of the event's `target`
   */
  async shownAfter(type: 'click' | 'input' | 'keydown', condition: string): Promise<{ ms: Promise<number> }> {
    const ms = this.#page.evaluate<number>(`new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('it is not shown in time')), ${SHOWN_TIMEOUT_MS});
      const isShown = (target) => ${condition};
      const start = ({ target, timeStamp }) => {
        const look = () => {
          if (isShown(target)) resolve(performance.now() - timeStamp);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      };
      addEventListener(${JSON.stringify(type)}, start, { once: true, capture: true });
    })`);
    // Commands are taken in order: once this one is answered, the page listens.
    await this.#page.evaluate('0');
    return { ms };
  }

  async #take(): Promise<{ events: { durationMs: number; handledMs: number }[]; frames: number[] }> {
    return this.#page.evaluate(TAKE);
  }
}

const OBSERVE = `(() => {
  const seen = { events: [], frames: [] };
  const observe = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, durationThreshold: 16 });
  observe('event', ({ interactionId, startTime, processingEnd, duration }) => {
    if (interactionId > 0) seen.events.push({ durationMs: duration, handledMs: processingEnd - startTime });
  });
  observe('long-animation-frame', ({ duration }) => seen.frames.push(duration));
  window.parleySeen = seen;
})()`;

/** Entries come once their frame is drawn. */
const TAKE = `new Promise((resolve) => {
  setTimeout(() => {
    const { events, frames } = window.parleySeen;
    resolve({ events: events.splice(0), frames: frames.splice(0) });
  }, 300);
})`;
