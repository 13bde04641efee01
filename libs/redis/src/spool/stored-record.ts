import type { OutgoingRecord } from '@parley/kafka';

/**
 * A record as the fields of a stream entry: `t` topic, `k` key, `v` value, and `h` with a header's name for each value of
 * it, in order. A missing key and a tombstone have no field. Contents are bytes, as they are on the bus.
 */
export function writeRecord({ topic, key, value, headers = {} }: OutgoingRecord): (string | Buffer)[] {
  const fields: (string | Buffer)[] = ['t', topic];
  if (key !== null) fields.push('k', key);
  if (value !== null) fields.push('v', value);
  for (const [name, content] of Object.entries(headers)) {
    for (const each of isList(content) ? content : [content]) fields.push(`h${name}`, each);
  }
  return fields;
}

export function readRecord(fields: readonly Buffer[]): OutgoingRecord {
  let topic = '';
  let key: Buffer | null = null;
  let value: Buffer | null = null;
  const headers = new Map<string, Buffer | Buffer[]>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = String(fields[at]);
    const content = fields[at + 1] ?? Buffer.alloc(0);
    if (name === 't') topic = String(content);
    else if (name === 'k') key = content;
    else if (name === 'v') value = content;
    else addHeader(headers, name.slice(1), content);
  }
  return headers.size === 0
    ? { topic, key, value }
    : { topic, key, value, headers: Object.fromEntries(headers) };
}

function addHeader(headers: Map<string, Buffer | Buffer[]>, name: string, content: Buffer): void {
  const known = headers.get(name);
  if (known === undefined) headers.set(name, content);
  else headers.set(name, Array.isArray(known) ? [...known, content] : [known, content]);
}

function isList(content: string | Buffer | readonly Buffer[]): content is readonly Buffer[] {
  return Array.isArray(content);
}
