import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { StateFile } from '../state/state-file.ts';
import type { Collection } from '../state/state-file.ts';
import { Changes } from '../live/changes.ts';
import { Arrivals } from './arrivals.ts';
import { Conversations } from './conversations.ts';
import type { Conversation, ConversationPage } from './conversations.ts';
import type { Entry } from './entry.ts';
import { asksForAll, matcherOf } from './message-query.ts';
import type { MessageQuery } from './message-query.ts';
import type { InboundMessage, MessageStatus, ReceivedMessage } from './received-message.ts';

type Outbound = Extract<Entry, { direction: 'outbound' }>;

/** The texts in both directions, up to {@link MAX_MESSAGES}; then the oldest makes room. They survive a restart. */
@Injectable()
export class MessageStore implements OnModuleDestroy {
  /** Oldest first. */
  readonly #entries = new Map<number, Entry>();
  readonly #byKey = new Map<string, Outbound>();
  readonly #conversations = new Conversations();
  readonly #arrivals = new Arrivals();
  // Entries come and go in order, so that two numbers tell which are kept: a Map finds its first key only past all the
  // deleted ones.
  #nextSequence = 1;
  #oldestSequence = 1;
  #total = 0;

  readonly #kept: Collection<Entry>;

  constructor(
    private readonly changes: Changes,
    state: StateFile,
  ) {
    this.#kept = state.collection('texts');
    for (const entry of this.#kept.load()) this.#restore(entry);
  }

  /** Every text that the endpoint took since the start or the last {@link clear}, kept or not. */
  get total(): number {
    return this.#total;
  }

  add(message: ReceivedMessage): void {
    const entry: Outbound = { direction: 'outbound', sequence: this.#nextSequence, message };
    this.#byKey.set(message.key, entry);
    this.#total += 1;
    this.#keep(entry);
    this.#arrivals.note(message);
  }

  addInbound(message: InboundMessage): void {
    this.#keep({ direction: 'inbound', sequence: this.#nextSequence, message });
  }

  /** Does nothing for a text that is not kept any more. */
  addStatus(key: string, status: MessageStatus): void {
    const before = this.#byKey.get(key);
    if (before === undefined) return;
    const message = { ...before.message, statuses: [...before.message.statuses, status] };
    const entry: Outbound = { ...before, message };
    this.#byKey.set(key, entry);
    this.#entries.set(entry.sequence, entry);
    this.#conversations.replace(entry);
    this.#kept.put(String(entry.sequence), entry);
    this.changes.noteConversation(message.phoneNumber);
  }

  get(key: string): ReceivedMessage | undefined {
    return this.#byKey.get(key)?.message;
  }

  /** The newest that match, in the order they came. */
  find({ limit, ...query }: MessageQuery & { readonly limit: number }): readonly ReceivedMessage[] {
    if (query.key !== undefined) {
      const found = this.get(query.key);
      return found !== undefined && matcherOf(query)(found) ? [found] : [];
    }
    const matches = matcherOf(query);
    const messages = [...this.#byKey.values()].map(({ message }) => message);
    return messages.filter(matches).slice(-limit);
  }

  /**
   * Waits until that many texts that match have come in; those that came before the call count.
   *
   * @returns false when they have not within the time, or when too many wait already
   */
  waitFor(count: number, timeoutMs: number, query: MessageQuery = {}): Promise<boolean> {
    const here = asksForAll(query) ? this.#total : this.find({ ...query, limit: MAX_MESSAGES }).length;
    return this.#arrivals.wait(count - here, matcherOf(query), timeoutMs);
  }

  /** The newest first. `total` counts those beyond the limit too. */
  conversations({ search, limit }: { readonly search?: string | undefined; readonly limit: number }): {
    readonly total: number;
    readonly conversations: readonly Conversation[];
  } {
    const found = this.#conversations.search(search);
    return { total: found.length, conversations: found.slice(0, limit) };
  }

  conversation(phoneNumber: string): Conversation | undefined {
    return this.#conversations.get(phoneNumber);
  }

  page(
    phoneNumber: string,
    options: { readonly before?: number | undefined; readonly limit: number },
  ): ConversationPage {
    return this.#conversations.page(phoneNumber, options);
  }

  /** All that is kept, oldest first. */
  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  clear(): void {
    this.#entries.clear();
    this.#byKey.clear();
    this.#conversations.clear();
    this.#total = 0;
    this.#oldestSequence = this.#nextSequence;
    this.#kept.clear();
    this.changes.noteEverything();
  }

  onModuleDestroy(): void {
    this.#arrivals.end();
  }

  #keep(entry: Entry): void {
    this.#nextSequence = entry.sequence + 1;
    this.#entries.set(entry.sequence, entry);
    this.#conversations.add(entry);
    this.#kept.put(String(entry.sequence), entry);
    if (this.#entries.size > MAX_MESSAGES) this.#dropOldest();
    this.changes.noteConversation(entry.message.phoneNumber);
  }

  /** Entries come in the order of their sequences, which go on where the earlier process stopped. */
  #restore(entry: Entry): void {
    if (this.#entries.size === 0) this.#oldestSequence = entry.sequence;
    if (entry.direction === 'outbound') {
      this.#byKey.set(entry.message.key, entry);
      this.#total += 1;
    }
    this.#nextSequence = entry.sequence + 1;
    this.#entries.set(entry.sequence, entry);
    this.#conversations.add(entry);
  }

  #dropOldest(): void {
    const oldest = this.#entries.get(this.#oldestSequence);
    this.#oldestSequence += 1;
    if (oldest === undefined) return;
    this.#entries.delete(oldest.sequence);
    this.#kept.delete(String(oldest.sequence));
    this.#conversations.remove(oldest);
    if (oldest.direction === 'outbound') this.#byKey.delete(oldest.message.key);
  }
}

export const MAX_MESSAGES = 10_000;
