import type { Entry } from '../api/answers.ts';
import { entryId, entryText } from './entries.ts';

/** More than so many at once are counted, not read out. */
const MAX_READ_OUT = 2;
const MAX_CHARACTERS = 200;

/** What to read out of the texts that came after `lastKnownId`; undefined when nothing came. */
export function announcement(entries: readonly Entry[], lastKnownId: string | undefined): string | undefined {
  const known = entries.findLastIndex((entry) => entryId(entry) === lastKnownId);
  const added = known === -1 ? [] : entries.slice(known + 1);
  if (added.length === 0) return undefined;
  if (added.length > MAX_READ_OUT) return `${added.length} new messages`;
  return added
    .map((entry) => `${entry.outbound ? 'Business' : 'User'}: ${entryText(entry).slice(0, MAX_CHARACTERS)}`)
    .join('. ');
}
