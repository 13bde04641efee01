import { describe, expect, it } from '@jest/globals';
import { fixtureImage } from './fixtures.ts';
import { MAX_IMAGE_BYTES, readImage } from './read-image.ts';

const PNG = fixtureImage(new URL('https://example.com/'));
const IMAGES = {
  'image/png': PNG,
  'image/jpeg': Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0\x01', 'latin1'),
  'image/gif': Buffer.from('GIF89a\x01\0\x01\0\0\0', 'latin1'),
  'image/webp': Buffer.from('RIFF\n\n\0\0WEBPVP8 ', 'latin1'),
};

async function* parts(...bytes: Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  for (const each of bytes) yield await Promise.resolve(each);
}

async function* endless(beginning: Buffer): AsyncGenerator<Uint8Array, void> {
  yield beginning;
  for (;;) yield await Promise.resolve(Buffer.alloc(10_000));
}

describe('readImage', () => {
  it.each(Object.entries(IMAGES))('knows %s by its first bytes', async (type, bytes) => {
    expect(await readImage({ body: parts(bytes) })).toEqual({ kind: 'image', type, bytes });
    const single = parts(...Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(await readImage({ body: single })).toEqual({ kind: 'image', type, bytes });
  });

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['SVG with a declaration', '<?xml version="1.0"?><svg/>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['BMP', 'BM\0\0\0\0\0\0\0\0\0\0\0\0'],
    ['a sound in the container of WebP', 'RIFF\0\0\0\0WAVEfmt '],
    ['too few bytes', '\x89PNG\r\n'],
    ['nothing', ''],
  ])('refuses %s', async (_what, text) => {
    expect(await readImage({ body: parts(Buffer.from(text, 'latin1')) })).toEqual({
      kind: 'none',
      reason: 'NOT_AN_IMAGE',
    });
  });

  it('stops reading what is no image, and what is too large', async () => {
    expect(await readImage({ body: endless(Buffer.from('<svg')) })).toEqual({
      kind: 'none',
      reason: 'NOT_AN_IMAGE',
    });
    expect(await readImage({ body: endless(PNG) })).toEqual({ kind: 'none', reason: 'TOO_LARGE' });
  });

  it('takes up to 600 KB', async () => {
    const rest = Buffer.alloc(MAX_IMAGE_BYTES - PNG.length);
    expect(await readImage({ body: parts(PNG, rest) })).toMatchObject({ kind: 'image' });
    expect(await readImage({ body: parts(PNG, rest, Buffer.alloc(1)) })).toMatchObject({ kind: 'none' });
  });
});
