import type { StatusNews } from './delivery-store.ts';

/**
 * The news of one callback body, each with every identity of its message that is known: from other news of the body
 * that have both, and from `keys`, which are known already of WhatsApp ids.
 */
export function completed(news: readonly StatusNews[], keys: ReadonlyMap<string, string>): StatusNews[] {
  const keyOf = new Map(keys);
  const wamidOf = new Map<string, string>();
  for (const { key, wamid } of news) {
    if (key === undefined || wamid === undefined) continue;
    keyOf.set(wamid, key);
    wamidOf.set(key, wamid);
  }
  return news.map((each) => {
    const key = each.key ?? (each.wamid === undefined ? undefined : keyOf.get(each.wamid));
    const wamid = each.wamid ?? (each.key === undefined ? undefined : wamidOf.get(each.key));
    return { ...each, ...(key !== undefined && { key }), ...(wamid !== undefined && { wamid }) };
  });
}

/** WhatsApp ids whose key the body does not tell. */
export function wamidsWithoutKey(news: readonly StatusNews[]): string[] {
  const joined = new Set(news.flatMap(({ key, wamid }) => (key === undefined ? [] : [wamid])));
  const alone = news.flatMap(({ wamid }) => (wamid === undefined || joined.has(wamid) ? [] : [wamid]));
  return [...new Set(alone)];
}

/** For each of some completed news, whether an earlier one says the same. */
export function areCopies(news: readonly StatusNews[]): boolean[] {
  const seen = new Set<string>();
  return news.map(({ key, wamid, status }) => {
    const what = JSON.stringify([key === undefined ? 'wamid' : 'key', key ?? wamid, status]);
    const isCopy = seen.has(what);
    seen.add(what);
    return isCopy;
  });
}
