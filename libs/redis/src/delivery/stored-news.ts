import type { StatusNews } from '@parley/delivery';

/**
 * What is told of a status beyond the hash that it is stored in. Short, since Redis stores a hash of short values in a
 * third of the memory: 64 bytes, with what the script writes before it.
 */
export function writeNews({ key, wamid, timeMs, receivedMs, error }: StatusNews): string {
  const identities = `${key === undefined ? '' : 'k'}${wamid === undefined ? '' : 'w'}`;
  return JSON.stringify([timeMs, receivedMs, identities, ...(error ? [error] : [])]);
}

/** Everything that was told, in its order. A message has one WhatsApp id: the first that came with it. */
export function readNews(key: string, stored: Readonly<Record<string, string>>): StatusNews[] {
  const { wamid, ...statuses } = stored;
  return Object.entries(statuses)
    .flatMap(([status, value]) => {
      const [, toldUs, text] = /^D\|(\d+)\|(.*)$/s.exec(value) ?? [];
      const fields = text === undefined ? undefined : parse(text);
      if (!fields) return [];
      const [timeMs, receivedMs, identities, error] = fields;
      const news: StatusNews = {
        ...(identities.includes('k') && { key }),
        ...(identities.includes('w') && wamid !== undefined && { wamid }),
        status: status as StatusNews['status'],
        timeMs,
        receivedMs,
        ...(error && { error }),
      };
      return [{ toldUs: Number(toldUs), news }];
    })
    .toSorted((one, other) => one.toldUs - other.toldUs)
    .map(({ news }) => news);
}

type Stored = readonly [
  timeMs: number,
  receivedMs: number,
  identities: string,
  error?: NonNullable<StatusNews['error']>,
];

/** Undefined when the text is not what was stored. */
function parse(text: string): Stored | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return undefined;
    const [timeMs, receivedMs, identities] = value as unknown[];
    const isStored =
      typeof timeMs === 'number' && typeof receivedMs === 'number' && typeof identities === 'string';
    return isStored ? (value as unknown as Stored) : undefined;
  } catch {
    return undefined;
  }
}
