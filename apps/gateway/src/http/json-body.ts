/** What a request carried, read without the framework, whose own errors would not have the provider's shape. */
export type JsonBody = { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'undecodable' };

/** @param body the bytes as they came; undefined when there were none */
export function readJsonBody(body: unknown): JsonBody {
  if (!Buffer.isBuffer(body)) return { kind: 'undecodable' };
  try {
    return { kind: 'json', value: JSON.parse(utf8.decode(body)) };
  } catch {
    return { kind: 'undecodable' };
  }
}

/** Refuses other encodings: a text with replacement characters in it is not what somebody wanted to say. */
const utf8 = new TextDecoder('utf-8', { fatal: true });
