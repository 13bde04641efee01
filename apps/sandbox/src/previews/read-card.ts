import { decodeHtml } from './decode-html.ts';
import { OpenGraphParser } from './open-graph.ts';
import { plainText } from './plain-text.ts';
import { imagePath } from './preview.ts';
import type { CardAnswer, NoPreviewReason } from './preview.ts';
import type { PublicAnswer } from './public-fetch.ts';
import { webUrl } from './web-url.ts';

export type ReadCard =
  | { readonly kind: 'card'; readonly shown: Pick<CardAnswer, 'title' | 'description' | 'image'> }
  | {
      readonly kind: 'none';
      readonly reason: Extract<NoPreviewReason, 'NOT_HTML' | 'TOO_LARGE' | 'NO_OPEN_GRAPH'>;
    };

/**
 * What a page's head says of itself, read up to {@link MAX_PAGE_BYTES}. Meta's page on link previews asks for og:title,
 * og:description and og:url, not empty, and og:image as an absolute URL, in a head within the first 300 KB; and says that
 * WhatsApp relaxes these requirements where it can. Here og:title is the one that has to be there, since a card without
 * it has nothing to show; og:url is not looked at; and a relative og:image is resolved against the page.
 */
export async function readCard({ url, type, body }: PublicAnswer): Promise<ReadCard> {
  if (type === undefined || !HTML.has(type.essence)) return { kind: 'none', reason: 'NOT_HTML' };
  let leftBytes = MAX_PAGE_BYTES;
  async function* beginning(): AsyncGenerator<Uint8Array, void> {
    for await (const bytes of body) {
      yield bytes.subarray(0, leftBytes);
      leftBytes -= bytes.length;
      if (leftBytes <= 0) return;
    }
  }
  const parser = new OpenGraphParser();
  let ended = false;
  for await (const text of decodeHtml(beginning(), type.params.get('charset'))) {
    ended = parser.write(text);
    if (ended) break;
  }

  const title = plainText(parser.found.title ?? '', MAX_TITLE_CHARACTERS);
  const description = plainText(parser.found.description ?? '', MAX_DESCRIPTION_CHARACTERS);
  const image = parser.found.image === undefined ? undefined : webUrl(parser.found.image, url);
  if (title === '') return { kind: 'none', reason: !ended && leftBytes <= 0 ? 'TOO_LARGE' : 'NO_OPEN_GRAPH' };
  const shown = { title, ...(description && { description }), ...(image && { image: imagePath(image) }) };
  return { kind: 'card', shown };
}

export const MAX_PAGE_BYTES = 300 * 1024;
const MAX_TITLE_CHARACTERS = 200;
const MAX_DESCRIPTION_CHARACTERS = 300;

const HTML = new Set(['text/html', 'application/xhtml+xml']);
