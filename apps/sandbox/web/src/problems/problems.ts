import { signal } from '@preact/signals';
import type { Outcome } from '../api/sandbox-client.ts';

export interface Problem {
  readonly id: number;
  readonly text: string;
}

/** More than these are not shown: the oldest make room. */
const MAX_SHOWN = 3;

/** What went wrong and was not yet dismissed. */
export class Problems {
  readonly shown = signal<readonly Problem[]>([]);
  #lastId = 0;

  /** The same text is shown once. */
  report(text: string): void {
    if (this.shown.peek().some((problem) => problem.text === text)) return;
    this.#lastId += 1;
    this.shown.value = [...this.shown.peek(), { id: this.#lastId, text }].slice(-MAX_SHOWN);
  }

  /** Hands on what was asked for; anything else is reported, after what was tried, such as `The text was not sent`. */
  valueOf<T>(tried: string, outcome: Outcome<T>): { readonly value: T } | undefined {
    if (outcome.kind === 'ok') return { value: outcome.value };
    if (outcome.kind !== 'cancelled') this.report(`${tried}. ${sentence(outcome.message)}`);
    return undefined;
  }

  dismiss(id: number): void {
    this.shown.value = this.shown.peek().filter((problem) => problem.id !== id);
  }
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
