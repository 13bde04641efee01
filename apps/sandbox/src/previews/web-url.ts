/** As long as a text can be. */
const MAX_URL_CHARACTERS = 4_096;

/**
 * A URL that may be read: HTTP or HTTPS, without user name and password, up to 4,096 characters; without its fragment.
 * Undefined for everything else.
 *
 * @param base what a relative one stands in; without it the text has to begin with `http://` or `https://`, which is
 *   Meta's rule for a link in a text
 */
export function webUrl(text: string, base?: URL): URL | undefined {
  if (text.length > MAX_URL_CHARACTERS || (base === undefined && !/^https?:\/\//i.test(text)))
    return undefined;
  const url = URL.parse(text, base?.href);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    return undefined;
  url.hash = '';
  return url.href.length > MAX_URL_CHARACTERS ? undefined : url;
}
