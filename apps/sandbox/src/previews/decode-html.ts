import { TextDecoder } from 'node:util';

/** Where HTML wants a page to name its charset. */
const PRESCAN_BYTES = 1_024;

/**
 * The text of a page as it arrives. The charset is what the content type says, else what a meta tag within the first
 * 1,024 bytes says, else UTF-8; bytes that are malformed in it become U+FFFD.
 */
export async function* decodeHtml(
  body: AsyncIterable<Uint8Array>,
  declared: string | null | undefined,
): AsyncGenerator<string, void> {
  let decoder = declared ? decoderOf(declared) : undefined;
  let beginning = Buffer.alloc(0);
  for await (const bytes of body) {
    if (decoder !== undefined) {
      yield decoder.decode(bytes, { stream: true });
      continue;
    }
    beginning = Buffer.concat([beginning, bytes]);
    if (beginning.length < PRESCAN_BYTES) continue;
    decoder = decoderOf(charsetIn(beginning));
    yield decoder.decode(beginning, { stream: true });
  }
  yield decoder?.decode() ?? decoderOf(charsetIn(beginning)).decode(beginning);
}

/** The same for `<meta charset="…">` and `<meta http-equiv="content-type" content="…; charset=…">`. */
function charsetIn(beginning: Buffer): string {
  const text = beginning.toString('latin1', 0, PRESCAN_BYTES);
  const charset = /<meta\s[^>]*charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(text)?.[1] ?? 'utf-8';
  // HTML's rule: a tag that can be read as ASCII does not stand in UTF-16.
  return /^utf-?16/i.test(charset) ? 'utf-8' : charset;
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    // A name that nobody knows.
    return new TextDecoder();
  }
}
