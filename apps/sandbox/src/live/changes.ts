import { Injectable } from '@nestjs/common';

/** Parts of the sandbox whose change is told as a whole. */
export type Part = 'requests' | 'faults' | 'settings';

/** What changed since it was last asked for. */
export interface ChangeSet {
  readonly phoneNumbers: readonly string[];
  readonly parts: readonly Part[];
  /** More conversations changed than are listed, or all was reset. */
  readonly everything: boolean;
}

/**
 * Collects what changed between two looks, so that a thousand changes a second become ten events. Each listener has its
 * own {@link Changes.listen | collection}; without a listener nothing is kept.
 */
@Injectable()
export class Changes {
  readonly #listeners = new Set<Collection>();

  /** A conversation got a text, or one of its texts a status. */
  noteConversation(phoneNumber: string): void {
    for (const listener of this.#listeners) listener.noteConversation(phoneNumber);
  }

  note(part: Part): void {
    for (const listener of this.#listeners) listener.parts.add(part);
  }

  noteEverything(): void {
    for (const listener of this.#listeners) listener.noteEverything();
  }

  /** @returns takes what has been collected since the last call; `stop` ends the collection */
  listen(): { readonly take: () => ChangeSet | undefined; readonly stop: () => void } {
    const collection = new Collection();
    this.#listeners.add(collection);
    return { take: () => collection.take(), stop: () => void this.#listeners.delete(collection) };
  }
}

export const MAX_CONVERSATIONS_TOLD = 100;

class Collection {
  readonly parts = new Set<Part>();
  readonly #phoneNumbers = new Set<string>();
  #everything = false;

  noteConversation(phoneNumber: string): void {
    if (this.#everything) return;
    this.#phoneNumbers.add(phoneNumber);
    if (this.#phoneNumbers.size > MAX_CONVERSATIONS_TOLD) this.noteEverything();
  }

  noteEverything(): void {
    this.#everything = true;
    this.#phoneNumbers.clear();
  }

  /** Undefined when nothing changed. */
  take(): ChangeSet | undefined {
    if (!this.#everything && this.#phoneNumbers.size === 0 && this.parts.size === 0) return undefined;
    const set = {
      phoneNumbers: [...this.#phoneNumbers],
      parts: [...this.parts],
      everything: this.#everything,
    };
    this.#phoneNumbers.clear();
    this.parts.clear();
    this.#everything = false;
    return set;
  }
}
