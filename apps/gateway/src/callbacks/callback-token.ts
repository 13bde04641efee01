import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether a request presents one of the tokens: `Bearer <token>` in the authorization header, the bare token in any
 * other. Compares digests of all tokens in constant time, so that the time taken tells nothing about them.
 *
 * A header that comes twice is refused. Node's parsed headers keep the first `authorization` and drop the rest, so
 * that a proxy in front could have checked another one than this.
 *
 * @param request its raw headers: names and values in turn, as Node gives them
 * @param headerName in lower case
 * @param accepted undefined accepts everything: for development, refused in production
 */
export function isAuthentic(
  request: { readonly rawHeaders: readonly string[] },
  headerName: string,
  accepted: readonly string[] | undefined,
): boolean {
  if (accepted === undefined) return true;
  const [value = '', ...more] = valuesOf(headerName, request.rawHeaders);
  const bearer = headerName === 'authorization';
  const token = bearer ? (/^bearer +(.+)$/i.exec(value)?.[1] ?? '') : value;
  const given = digest(token);
  let matches = false;
  for (const each of accepted) matches = timingSafeEqual(given, digest(each)) || matches;
  return matches && token !== '' && more.length === 0;
}

function valuesOf(name: string, rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
