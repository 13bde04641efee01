import Decoder from 'kafkajs/src/protocol/decoder.js';

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

type Headers = Record<string, Header['value'] | Header['value'][]>;

let installed = false;

/**
 * Makes kafkajs 2.2.4 read the headers of a record in one pass. By itself it copies, for each of them, all that it has
 * read: 10,000 small ones keep the process from everything else for half a minute, its heartbeats included, and so does
 * the member of the group that is given the record next. And it takes a header called `constructor` for a repeated one,
 * because every object has one.
 *
 * kafkajs reads a list for nothing but headers, and makes an object of it by `reduce`; this list does that itself.
 */
export function readHeadersInOnePass(): void {
  if (installed) return;
  installed = true;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- bound below, to the decoder of each call
  const readList = Decoder.prototype.readVarIntArray;
  Decoder.prototype.readVarIntArray = function <Item>(
    this: Decoder,
    read: (decoder: Decoder) => Item,
  ): Item[] {
    const list = readList.call(this, read) as Item[];
    return Object.assign(list, { reduce: () => headersOf(list as readonly Header[]) });
  };
}

/** A list of values where a name comes several times. Without a prototype, because a header may be called anything. */
function headersOf(list: readonly Header[]): Headers {
  const headers = Object.create(null) as Headers;
  for (const { key, value } of list) {
    const known = headers[key];
    if (known === undefined) headers[key] = value;
    else if (Array.isArray(known)) known.push(value);
    else headers[key] = [known, value];
  }
  return headers;
}
