import type { Violation } from '@parley/insider';

export type RequestCallback =
  /** By message, in the order of the request; undefined for one without. */
  | { readonly kind: 'ok'; readonly urls: readonly (string | undefined)[] }
  | { readonly kind: 'invalid'; readonly violation: Violation };

/**
 * The `callback` of a send request. Insider's page names it in prose alone; its other channels show a string, or an
 * object with a `url`, at the top for all messages or at one. All of these are read, the one nearest to the message
 * first. Takes any JSON value and never throws; null is as good as none.
 */
export function readRequestCallback(root: unknown): RequestCallback {
  const urls: (string | undefined)[] = [];
  const all = read(root, 'callback');
  if (all.kind === 'invalid') return all;

  const messages = propertyOf(root, 'messages');
  for (const [index, item] of Array.isArray(messages) ? messages.entries() : []) {
    const path = `messages[${index}]`;
    const inner = read(propertyOf(item, 'message'), `${path}.message.callback`);
    if (inner.kind === 'invalid') return inner;
    const own = read(item, `${path}.callback`);
    if (own.kind === 'invalid') return own;
    urls.push(inner.url ?? own.url ?? all.url);
  }
  return { kind: 'ok', urls };
}

/** Longer URLs are no callback of anybody’s. */
export const MAX_URL_CHARACTERS = 2_048;

type Reading =
  | { readonly kind: 'ok'; readonly url: string | undefined }
  | { readonly kind: 'invalid'; readonly violation: Violation };

function read(holder: unknown, path: string): Reading {
  const value = propertyOf(holder, 'callback');
  if (value === undefined || value === null) return { kind: 'ok', url: undefined };
  const isObject = typeof value === 'object';
  const url = isObject ? propertyOf(value, 'url') : value;
  if (isHttpUrl(url)) return { kind: 'ok', url };
  const rule = `must be an HTTP or HTTPS URL of up to ${MAX_URL_CHARACTERS} characters`;
  return { kind: 'invalid', violation: { field: isObject ? `${path}.url` : path, rule } };
}

function isHttpUrl(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_URL_CHARACTERS) return false;
  return /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}

function propertyOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
