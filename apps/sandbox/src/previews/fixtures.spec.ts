import { describe, expect, it } from '@jest/globals';
import { inflateSync } from 'node:zlib';
import { fixtureCard, fixtureImage, isFixture } from './fixtures.ts';

describe('isFixture', () => {
  it.each([
    'example.com',
    'www.example.org',
    'a.b.example.net',
    'shop.example',
    'shop.test',
    'test',
    'example.com.',
  ])('is true for %s', (host) => expect(isFixture(new URL(`https://${host}/`))).toBe(true));

  it.each(['notexample.com', 'example.com.evil.io', 'example.io', 'contest', 'mytest', 'localhost'])(
    'is false for %s',
    (host) => expect(isFixture(new URL(`https://${host}/`))).toBe(false),
  );
});

describe('fixtureCard', () => {
  it('is made of the URL, and the same each time', () => {
    const card = fixtureCard(new URL('https://shop.example.com/new/summer-sale?x=1'));
    expect(card).toEqual({
      kind: 'card',
      url: 'https://shop.example.com/new/summer-sale?x=1',
      host: 'shop.example.com',
      title: 'Summer sale',
      description: 'A page of shop.example.com that the sandbox made up: example domains are never fetched.',
      image: '/sandbox/previews/image?url=https%3A%2F%2Fshop.example.com%2Fnew%2Fsummer-sale%3Fx%3D1',
    });
    expect(fixtureCard(new URL(card.url))).toEqual(card);
  });

  it.each([
    ['https://example.com/', 'Example.com'],
    ['https://example.com/---', 'Example.com'],
    ['https://example.com/%E2%98%80', '☀'],
    ['https://example.com/%ff', '%ff'],
    ['https://example.com/%3Cscript%3E%E2%80%AE', '<script>'],
    [`https://example.com/${'a'.repeat(3_000)}`, `A${'a'.repeat(199)}`],
  ])('titles %s', (url, title) => expect(fixtureCard(new URL(url)).title).toBe(title));
});

describe('fixtureImage', () => {
  it('is a PNG, the same for the same URL and another for another', () => {
    const url = new URL('https://example.com/a');
    const image = fixtureImage(url);
    expect(image.equals(fixtureImage(url))).toBe(true);
    expect(image.equals(fixtureImage(new URL('https://example.com/b')))).toBe(false);
    expect(image.toString('latin1', 0, 8)).toBe('\x89PNG\r\n\x1a\n');
    const [width, height] = [image.readUInt32BE(16), image.readUInt32BE(20)];
    const dataAt = image.indexOf('IDAT') + 4;
    const data = image.subarray(dataAt, dataAt + image.readUInt32BE(dataAt - 8));
    expect(inflateSync(data)).toHaveLength(height * (1 + 3 * width));
  });
});
