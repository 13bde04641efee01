const EVERY_MS = 60_000;
const MAX_LENGTH = 200;

export interface TracingTrouble {
  readonly detail: string;
  /** Troubles since the last one that was told, and not told themselves. */
  readonly untold: number;
}

/** Tells of one trouble a minute: an exporter that is away has one with each export. */
export class TroubleTeller {
  readonly #onTrouble: (trouble: TracingTrouble) => void;
  readonly #monotonicMs: () => number;
  #toldMs = -Infinity;
  #untold = 0;

  constructor(
    onTrouble: (trouble: TracingTrouble) => void,
    monotonicMs: () => number = () => performance.now(),
  ) {
    this.#onTrouble = onTrouble;
    this.#monotonicMs = monotonicMs;
  }

  /** @param text a sentence, or an error as the SDK writes it: JSON with its stack and whatever it carries */
  tell(text: string): void {
    const nowMs = this.#monotonicMs();
    if (nowMs - this.#toldMs < EVERY_MS) {
      this.#untold += 1;
      return;
    }
    this.#onTrouble({ detail: sentenceOf(text).slice(0, MAX_LENGTH), untold: this.#untold });
    this.#toldMs = nowMs;
    this.#untold = 0;
  }
}

function sentenceOf(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const { message, code } = JSON.parse(text) as { message?: unknown; code?: unknown };
    // Of an address that refuses in both families the message is empty, and left out, and the code is not.
    const told = message ?? code;
    return typeof told === 'string' ? told : 'unknown';
  } catch {
    return 'unknown';
  }
}
