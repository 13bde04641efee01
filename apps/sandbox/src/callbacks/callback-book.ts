import { Injectable } from '@nestjs/common';
import { AttemptJournal } from './attempt-journal.ts';
import type { CallbackAttempt } from './attempt-journal.ts';

@Injectable()
export class CallbackBook {
  constructor(private readonly journal: AttemptJournal) {}

  find(query: { readonly key?: string; readonly limit: number }): readonly never[] {
    return query.limit > 0 ? [] : [];
  }

  byKey(key: string): readonly never[] {
    return key === '' ? [] : [];
  }

  attempts(query: { readonly key?: string; readonly limit: number }): readonly CallbackAttempt[] {
    return this.journal.latest(query);
  }
}
