import type { Entry } from '../api/answers.ts';
import { entryId } from './entries.ts';

export interface LoadedEntries {
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** Where older ones are had; undefined when there are none. */
  readonly before: string | undefined;
}

/**
 * The newest page of a conversation over what is loaded of it. What did not change keeps its identity, so that it is not
 * drawn again. When the page does not reach what is loaded, or both together are more than `max`, the page alone is left:
 * older ones can be asked for again.
 */
export function mergeNewest(loaded: LoadedEntries, page: LoadedEntries, max: number): LoadedEntries {
  const known = new Map(loaded.entries.map((entry) => [entryId(entry), entry]));
  const entries = page.entries.map((entry) => unchanged(known.get(entryId(entry)), entry));
  const [oldest] = page.entries;
  const reached =
    oldest === undefined ? -1 : loaded.entries.findIndex((each) => entryId(each) === entryId(oldest));
  if (reached === -1) return { entries, before: page.before };
  const older = loaded.entries.slice(0, reached);
  if (older.length + entries.length > max) return { entries, before: page.before };
  return { entries: [...older, ...entries], before: older.length > 0 ? loaded.before : page.before };
}

/** A text changes by its statuses alone. */
function unchanged(known: Entry | undefined, entry: Entry): Entry {
  return known?.outbound?.statuses.length === entry.outbound?.statuses.length ? (known ?? entry) : entry;
}
