import { textOf } from './entry.ts';
import type { Entry } from './entry.ts';

/** What the business and one user wrote to each other, as far as it is kept. */
export interface Conversation {
  readonly phoneNumber: string;
  readonly newest: Entry;
  readonly size: number;
}

export interface ConversationPage {
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** The sequence to pass as `before` for what is older; undefined when nothing is. */
  readonly before: number | undefined;
}

/** The entries by phone number, the conversation that got the newest one last. */
export class Conversations {
  readonly #kept = new Map<string, Kept>();

  add(entry: Entry): void {
    const { phoneNumber } = entry.message;
    const entries = this.#kept.get(phoneNumber)?.entries ?? new Map<number, Entry>();
    entries.set(entry.sequence, entry);
    this.#kept.delete(phoneNumber);
    this.#kept.set(phoneNumber, { entries, newest: entry });
  }

  /** The same text with a new status; it stays in its place. */
  replace(entry: Entry): void {
    const kept = this.#kept.get(entry.message.phoneNumber);
    kept?.entries.set(entry.sequence, entry);
    if (kept?.newest.sequence === entry.sequence) kept.newest = entry;
  }

  /** The oldest of its conversation. */
  remove(entry: Entry): void {
    const { phoneNumber } = entry.message;
    const entries = this.#kept.get(phoneNumber)?.entries;
    entries?.delete(entry.sequence);
    if (entries?.size === 0) this.#kept.delete(phoneNumber);
  }

  get(phoneNumber: string): Conversation | undefined {
    const kept = this.#kept.get(phoneNumber);
    return kept && { phoneNumber, newest: kept.newest, size: kept.entries.size };
  }

  /** All whose number or any text holds the part, the newest first. */
  search(part: string | undefined): readonly Conversation[] {
    const found: Conversation[] = [];
    for (const [phoneNumber, { entries, newest }] of this.#kept)
      if (part === undefined || phoneNumber.includes(part) || anyHolds(entries, part))
        found.push({ phoneNumber, newest, size: entries.size });
    return found.reverse();
  }

  /** The newest entries of one conversation that are older than `before`. */
  page(
    phoneNumber: string,
    { before = Infinity, limit }: { readonly before?: number | undefined; readonly limit: number },
  ): ConversationPage {
    const older = [...(this.#kept.get(phoneNumber)?.entries.values() ?? [])].filter(
      ({ sequence }) => sequence < before,
    );
    const entries = older.slice(-limit);
    return { entries, before: older.length > entries.length ? entries[0]?.sequence : undefined };
  }

  clear(): void {
    this.#kept.clear();
  }
}

interface Kept {
  /** By sequence, oldest first. */
  readonly entries: Map<number, Entry>;
  newest: Entry;
}

function anyHolds(entries: ReadonlyMap<number, Entry>, part: string): boolean {
  for (const entry of entries.values()) if (textOf(entry).includes(part)) return true;
  return false;
}
