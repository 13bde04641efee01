import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { MIMEType } from 'node:util';
import { MAX_PAGE_BYTES, readCard } from './read-card.ts';
import type { ReadCard } from './read-card.ts';

const TITLE = '<meta property="og:title" content="A title">';

/** Counts what is read of it, and whether it was closed. */
class Body {
  readBytes = 0;
  closed = false;

  constructor(private readonly parts: Iterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for (const part of this.parts) {
        this.readBytes += part.length;
        yield await Promise.resolve(part);
      }
    } finally {
      this.closed = true;
    }
  }
}

function read(html: string | Buffer | Body, type: string | undefined = 'text/html'): Promise<ReadCard> {
  return readCard({
    url: new URL('https://shop.invalid/a/page'),
    type: type === '' ? undefined : new MIMEType(type),
    body: html instanceof Body ? html : new Body([Buffer.from(html)]),
  });
}

function* endless(part: string): Generator<Buffer, never> {
  for (;;) yield Buffer.from(part);
}

describe('readCard', () => {
  it('shows title, description and image of the head', async () => {
    const html = `<!doctype html><html><head><title>no</title>
      <meta property="og:title" content="Summer &amp; sun">
      <meta property="og:description" content="All
        of it">
      <meta property="og:url" content="https://shop.invalid/">
      <meta property="og:image" content="/i.png?a=1&amp;b=2"></head><body></body></html>`;
    expect(await read(html)).toEqual({
      kind: 'card',
      shown: {
        title: 'Summer & sun',
        description: 'All of it',
        image: '/sandbox/previews/image?url=https%3A%2F%2Fshop.invalid%2Fi.png%3Fa%3D1%26b%3D2',
      },
    });
  });

  it('needs a title alone, and takes the first of several', async () => {
    const html = `${TITLE}<meta property="og:title" content="Another"><meta property="og:description" content=" ">`;
    expect(await read(html)).toEqual({ kind: 'card', shown: { title: 'A title' } });
  });

  it('hands markup on as text', async () => {
    const html = `<script>'<meta property="og:title" content="from a script">'</script>
      <!-- <meta property="og:title" content="from a comment"> -->
      <meta property="og:title" content="<img src=x onerror=alert(1)>&lt;script&gt;\u202E">`;
    expect(await read(html)).toEqual({
      kind: 'card',
      shown: { title: '<img src=x onerror=alert(1)><script>' },
    });
  });

  it('cuts titles and descriptions that are long', async () => {
    const long = '😀'.repeat(1_000);
    const card = await read(
      `<meta property="og:title" content="${long}"><meta property="og:description" content="${long}">`,
    );
    expect(card).toEqual({
      kind: 'card',
      shown: { title: '😀'.repeat(200), description: '😀'.repeat(300) },
    });
  });

  it.each(['javascript:alert(1)', 'data:image/png;base64,AAAA', 'http://a:b@c/', 'http://'])(
    'leaves out the image %s',
    async (image) => {
      expect(await read(`${TITLE}<meta property="og:image" content="${image}">`)).toEqual({
        kind: 'card',
        shown: { title: 'A title' },
      });
    },
  );

  it.each([
    ['no tags', '<html><head><title>A title</title></head></html>'],
    ['nothing', ''],
    ['tags in the body', `<head></head><body>${TITLE}</body>`],
    ['tags behind the first element of a body that is not named', `<title>a</title><p>b</p>${TITLE}`],
    ['an empty title', '<meta property="og:title" content="\u200F ">'],
    ['a title of another vocabulary', '<meta property="twitter:title" content="A title">'],
  ])('finds no card in a page with %s', async (_what, html) => {
    expect(await read(html)).toEqual({ kind: 'none', reason: 'NO_OPEN_GRAPH' });
  });

  it.each(['', 'image/png', 'text/plain', 'application/json', 'image/svg+xml'])(
    'reads nothing of “%s”',
    async (type) => {
      const body = new Body([Buffer.from(TITLE)]);
      expect(await read(body, type)).toEqual({ kind: 'none', reason: 'NOT_HTML' });
      expect(body.readBytes).toBe(0);
    },
  );

  it('stops at the end of the head', async () => {
    function* page(): Generator<Buffer, void> {
      yield Buffer.from(`<head>${TITLE}</head>`.padEnd(2_000));
      yield* endless('never read');
    }
    const body = new Body(page());
    expect(await read(body)).toEqual({ kind: 'card', shown: { title: 'A title' } });
    expect(body).toMatchObject({ readBytes: 2_000, closed: true });
  });

  it.each(['<meta name="a" content="b">', ' ', '<', '<meta ', 'a="', '<!--', '<script>', '&amp;'])(
    'stops at 300 KB of endless “%s”',
    async (part) => {
      const body = new Body(endless(part.repeat(1_000)));
      expect(await read(body)).toEqual({ kind: 'none', reason: 'TOO_LARGE' });
      expect(body.readBytes).toBeLessThan(MAX_PAGE_BYTES + 1_000 * part.length + 1);
      expect(body.closed).toBe(true);
    },
  );

  it('shows what stands within 300 KB, and nothing behind it', async () => {
    const space = ' '.repeat(MAX_PAGE_BYTES - TITLE.length);
    expect(await read(space + TITLE + space)).toMatchObject({ kind: 'card' });
    expect(await read(` ${space}${TITLE}`)).toEqual({ kind: 'none', reason: 'TOO_LARGE' });
    expect(await read(TITLE + space + space)).toMatchObject({ kind: 'card' });
  });

  it.each([
    ['the content type', 'text/html; charset=iso-8859-1', ''],
    ['a meta tag', 'text/html', '<meta charset=iso-8859-1>'],
    [
      'a meta tag of old',
      'text/html',
      '<META http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">',
    ],
  ])('decodes as %s says', async (_what, type, meta) => {
    const html = Buffer.from(`${meta}<meta property="og:title" content="Bücher">`, 'latin1');
    expect(await read(html, type)).toMatchObject({ shown: { title: 'Bücher' } });
    const long = Buffer.concat([html, Buffer.alloc(5_000, ' ')]);
    expect(await read(long, type)).toMatchObject({ shown: { title: 'Bücher' } });
  });

  it.each(['text/html', 'text/html; charset=none-such', 'text/html; charset=utf-8'])(
    'decodes %s as UTF-8, whatever is malformed in it',
    async (type) => {
      const [before, after] = [Buffer.from('<meta property="og:title" content="ü'), Buffer.from('">')];
      const html = Buffer.concat([before, Buffer.from([0xff]), after]);
      expect(await read(html, type)).toMatchObject({ shown: { title: 'ü\uFFFD' } });
    },
  );

  it('reads the same however the page is cut into parts', async () => {
    const page = Buffer.from(
      `<head><meta charset="utf-8">${' '.repeat(1_000)}<meta property='og:title' content='Übergröße &uuml; 😀'></head>`,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(page.length)), async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), page.length];
        const parts = ends.map((end, index) => page.subarray(ends[index - 1] ?? 0, end));
        expect(await read(new Body(parts))).toEqual({
          kind: 'card',
          shown: { title: 'Übergröße ü 😀' },
        });
      }),
      { numRuns: propertyRuns(300) },
    );
  });

  it('answers for whatever bytes it is given', async () => {
    const bit = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '/',
      '=',
      '&',
      ';',
      '<!--',
      '-->',
      '<head',
      '<meta ',
      TITLE,
    );
    const anything = fc.array(fc.oneof(bit, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(anything, async (html) => expect((await read(html)).kind).toMatch(/^(card|none)$/)),
      { numRuns: propertyRuns(1_000) },
    );
  });
});
