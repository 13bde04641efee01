import type { Arrival } from './faulty-provider.ts';

/** What the comparison of both sides found wrong: ids, sorted. */
export interface Discrepancies {
  /** Accepted, or without any end, and never taken by the provider. */
  readonly lost: readonly string[];
  /** Taken more than once. */
  readonly doubled: readonly string[];
  /** Seen by the provider and never submitted. */
  readonly phantom: readonly string[];
}

export const NO_DISCREPANCIES: Discrepancies = { lost: [], doubled: [], phantom: [] };

/** The callers' side of the books: every id that was submitted, and how it ended. */
export class Ledger {
  readonly #outcomes = new Map<string, string | undefined>();

  submitted(id: string): void {
    if (!this.#outcomes.has(id)) this.#outcomes.set(id, undefined);
  }

  ended(id: string, outcome: string): void {
    this.#outcomes.set(id, outcome);
  }

  get ids(): readonly string[] {
    return [...this.#outcomes.keys()];
  }

  /** How many ids ended in each way; `none` is no end. */
  get outcomes(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const outcome of this.#outcomes.values())
      counts[outcome ?? 'none'] = (counts[outcome ?? 'none'] ?? 0) + 1;
    return counts;
  }

  /** Holds the books against what the provider saw. */
  compareWith(arrivals: readonly Arrival[]): Discrepancies {
    const taken = new Map<string, number>();
    for (const arrival of arrivals) {
      for (const id of arrival.taken ? arrival.ids : []) taken.set(id, (taken.get(id) ?? 0) + 1);
    }
    const isLost = ([id, outcome]: [string, string | undefined]): boolean =>
      (outcome === undefined || /^accepted$/i.test(outcome)) && !taken.has(id);
    const seen = new Set(arrivals.flatMap(({ ids }) => ids));
    return {
      lost: [...this.#outcomes]
        .filter(isLost)
        .map(([id]) => id)
        .toSorted(),
      doubled: [...taken]
        .filter(([, times]) => times > 1)
        .map(([id]) => id)
        .toSorted(),
      phantom: [...seen].filter((id) => !this.#outcomes.has(id)).toSorted(),
    };
  }
}
