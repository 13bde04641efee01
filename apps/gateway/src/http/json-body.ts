/** What a request carried, read without the framework, whose own errors would not have the provider's shape. */
export type JsonBody = { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'undecodable' };

/** Values, lists and objects of one body: 1,000 messages or events hold a tenth of that. */
export const MAX_VALUES = 200_000;

/** @param body the bytes as they came; undefined when there were none. What holds too many values is not decoded. */
export function readJsonBody(body: unknown): JsonBody {
  if (!Buffer.isBuffer(body) || !holdsAtMost(MAX_VALUES, body)) return { kind: 'undecodable' };
  try {
    return { kind: 'json', value: JSON.parse(utf8.decode(body)) };
  } catch {
    return { kind: 'undecodable' };
  }
}

/** Refuses other encodings: a text with replacement characters in it is not what somebody wanted to say. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = Buffer.from('"\\,[{');

/**
 * Whether JSON holds at most so many values, by what begins or parts them. Parsed, two bytes may become an object, and
 * 32 MiB of them keep everybody else waiting for seconds.
 */
function holdsAtMost(most: number, json: Buffer): boolean {
  if (json.length <= most) return true;
  let values = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) values += 1;
    if (values > most) return false;
  }
  return true;
}
