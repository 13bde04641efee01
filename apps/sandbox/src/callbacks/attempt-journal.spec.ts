import { describe, expect, it } from '@jest/globals';
import { AttemptJournal, MAX_ATTEMPTS } from './attempt-journal.ts';

describe('AttemptJournal', () => {
  it('keeps the newest, and finds those of one message', () => {
    const journal = new AttemptJournal();
    for (let attempt = 0; attempt <= MAX_ATTEMPTS; attempt += 1)
      journal.add({ event: 'sent', key: `key-${attempt % 2}`, attempt, time: new Date(0), durationMs: 0 });

    expect(journal.latest({ limit: MAX_ATTEMPTS + 1 })).toHaveLength(MAX_ATTEMPTS);
    expect(journal.latest({ limit: 2 }).map(({ attempt }) => attempt)).toEqual([
      MAX_ATTEMPTS - 1,
      MAX_ATTEMPTS,
    ]);
    expect(journal.latest({ key: 'key-1', limit: 1 })).toMatchObject([{ attempt: MAX_ATTEMPTS - 1 }]);
  });
});
