import { Injectable } from '@nestjs/common';
import { Changes } from '../live/changes.ts';
import type { ReceivedRequest } from './received-request.ts';

/**
 * Every request to the endpoint, refused ones too: up to {@link MAX_REQUESTS} of them and {@link MAX_CHARACTERS} in
 * bodies and answers; then the oldest make room.
 */
@Injectable()
export class RequestLog {
  readonly #requests = new Map<string, ReceivedRequest>();
  #characters = 0;
  #total = 0;

  constructor(private readonly changes: Changes) {}

  /** Since the start or the last {@link clear}, kept or not. */
  get total(): number {
    return this.#total;
  }

  add(request: ReceivedRequest): void {
    this.#requests.set(request.id, request);
    this.#characters += charactersOf(request);
    this.#total += 1;
    for (const [id, oldest] of this.#requests) {
      if (this.#requests.size <= MAX_REQUESTS && this.#characters <= MAX_CHARACTERS) break;
      this.#requests.delete(id);
      this.#characters -= charactersOf(oldest);
    }
    this.changes.note('requests');
  }

  get(id: string): ReceivedRequest | undefined {
    return this.#requests.get(id);
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
    for (const request of [...this.#requests.values()].reverse()) {
      if (found.length >= limit) break;
      if (!refused || request.status === undefined || request.status >= 400) found.push(request);
    }
    return found;
  }

  clear(): void {
    this.#requests.clear();
    this.#characters = 0;
    this.#total = 0;
  }
}

export const MAX_REQUESTS = 10_000;
export const MAX_CHARACTERS = 32 * 1024 * 1024;

function charactersOf({ body, answer }: ReceivedRequest): number {
  return body.length + (answer?.length ?? 0);
}
