import type { Preview } from './preview.ts';

/**
 * Previews by URL: cards for ten minutes, failures for half a minute so that a page that was mended shows soon. Holds up
 * to {@link MAX_PREVIEWS}; then the one put in longest ago makes room.
 */
export class PreviewCache {
  readonly #kept = new Map<string, { readonly preview: Preview; readonly staleMs: number }>();

  get(url: string, nowMs: number): Preview | undefined {
    const kept = this.#kept.get(url);
    return kept === undefined || nowMs >= kept.staleMs ? undefined : kept.preview;
  }

  set(url: string, preview: Preview, nowMs: number): void {
    this.#kept.delete(url);
    this.#kept.set(url, { preview, staleMs: nowMs + (preview.kind === 'card' ? CARD_MS : FAILURE_MS) });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_PREVIEWS && oldest !== undefined) this.#kept.delete(oldest);
  }

  clear(): void {
    this.#kept.clear();
  }
}

export const MAX_PREVIEWS = 500;
const CARD_MS = 10 * 60_000;
const FAILURE_MS = 30_000;
