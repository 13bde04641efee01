import { AUTH_KEY_HEADER } from '@parley/insider';
import type { IncomingHttpHeaders } from 'node:http';
import { MAX_KEPT_CHARACTERS } from '../requests/received-request.ts';
import type { ReceivedRequest } from '../requests/received-request.ts';
import type { EndpointRequest } from './endpoint-request.ts';

type Kept = Pick<ReceivedRequest, 'method' | 'path' | 'remoteAddress' | 'headers' | 'body' | 'bodyBytes'>;

/** What is kept of a request: no secret, and no more than fits. */
export function keptRequest({ method, path, remoteAddress, headers, body }: EndpointRequest): Kept {
  return {
    method,
    path,
    remoteAddress,
    headers: withoutSecrets(headers),
    body: body === undefined ? '' : cut(body),
    bodyBytes: body?.length ?? 0,
  };
}

/** The first {@link MAX_KEPT_CHARACTERS}. */
export function cut(text: Buffer | string): string {
  if (typeof text === 'string') {
    if (text.length <= MAX_KEPT_CHARACTERS) return text;
    // A part of a string keeps the whole of it in memory, and a copy does not.
    return Buffer.from(text.slice(0, MAX_KEPT_CHARACTERS), 'utf16le').toString('utf16le');
  }
  // A character is three bytes at most; four bytes are two characters.
  const head = text.toString('utf8', 0, MAX_KEPT_CHARACTERS * 3);
  return cut(head);
}

function withoutSecrets(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = String(headers[name]);
    kept[name] = name === AUTH_KEY_HEADER ? maskedKey(value) : SECRET.has(name) ? MASK : value;
  }
  return kept;
}

const SECRET: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);
const MASK = '****';

/** Its last four characters tell keys apart. A key that is not much longer shows nothing. */
function maskedKey(key: string): string {
  return key.length < 8 ? MASK : `${MASK}${key.slice(-4)}`;
}
