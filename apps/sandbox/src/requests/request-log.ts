import { Injectable } from '@nestjs/common';
import { Changes } from '../live/changes.ts';
import type { ReceivedRequest } from './received-request.ts';

/**
 * Every request to the endpoint, refused ones too: up to {@link MAX_REQUESTS} of them and {@link MAX_CHARACTERS} in
 * all; then the oldest make room.
 */
@Injectable()
export class RequestLog {
  readonly #requests = new Map<number, ReceivedRequest>();
  readonly #numbers = new Map<string, number>();
  // Requests come and go in order: two numbers tell which are kept.
  #oldest = 0;
  #next = 0;
  #characters = 0;

  constructor(private readonly changes: Changes) {}

  /** Since the start or the last {@link clear}, kept or not. */
  get total(): number {
    return this.#next;
  }

  add(request: ReceivedRequest): void {
    this.#requests.set(this.#next, request);
    this.#numbers.set(request.id, this.#next);
    this.#characters += charactersOf(request);
    this.#next += 1;
    while (this.#requests.size > MAX_REQUESTS || this.#characters > MAX_CHARACTERS) this.#dropOldest();
    this.changes.note('requests');
  }

  get(id: string): ReceivedRequest | undefined {
    const number = this.#numbers.get(id);
    return number === undefined ? undefined : this.#requests.get(number);
  }

  /** The newest first. `refused` asks for those that were answered with an error, or not at all. */
  latest({
    limit,
    refused,
  }: {
    readonly limit: number;
    readonly refused: boolean;
  }): readonly ReceivedRequest[] {
    const found: ReceivedRequest[] = [];
    for (let number = this.#next - 1; number >= this.#oldest && found.length < limit; number -= 1) {
      const request = this.#requests.get(number);
      if (request && (!refused || request.status === undefined || request.status >= 400)) found.push(request);
    }
    return found;
  }

  clear(): void {
    this.#requests.clear();
    this.#numbers.clear();
    this.#oldest = 0;
    this.#next = 0;
    this.#characters = 0;
    this.changes.note('requests');
  }

  #dropOldest(): void {
    const request = this.#requests.get(this.#oldest);
    this.#requests.delete(this.#oldest);
    this.#oldest += 1;
    if (request === undefined) return;
    this.#numbers.delete(request.id);
    this.#characters -= charactersOf(request);
  }
}

export const MAX_REQUESTS = 10_000;
export const MAX_CHARACTERS = 32 * 1024 * 1024;

function charactersOf({ path, headers, body, answer = '', keys }: ReceivedRequest): number {
  let characters = path.length + body.length + answer.length;
  for (const name in headers) characters += name.length + (headers[name]?.length ?? 0);
  for (const key of keys) characters += key.length;
  return characters;
}
