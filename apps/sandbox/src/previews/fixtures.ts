import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { plainText } from './plain-text.ts';
import { imagePath } from './preview.ts';
import type { CardAnswer } from './preview.ts';

/** The hosts that RFC 2606 and RFC 6761 keep for examples: their cards are made up here, without any network. */
export function isFixture({ hostname }: URL): boolean {
  return /(^|\.)(example\.(com|net|org)|example|test)\.?$/.test(hostname);
}

/** The same card for the same URL, always; its title is the last part of the path in words, or else the host. */
export function fixtureCard(url: URL): CardAnswer {
  const { href, hostname, pathname } = url;
  const words = decoded(pathname.split('/').findLast((part) => part !== '') ?? '').replace(/[-_+]+/g, ' ');
  const title = plainText(words, 200) || hostname;
  return {
    kind: 'card',
    url: href,
    host: hostname,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    description: `A page of ${hostname} that the sandbox made up: example domains are never fetched.`,
    image: imagePath(url),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not UTF-8: shown as it stands.
    return part;
  }
}

const WIDTH = 160;
const HEIGHT = 84;

/** A PNG for a URL: two colours of its own, one running into the other. */
export function fixtureImage({ href }: URL): Buffer {
  const colours = createHash('sha256').update(href).digest();
  const pixels = Buffer.alloc(HEIGHT * (1 + 3 * WIDTH));
  for (let y = 0, at = 0; y < HEIGHT; y += 1) {
    at += 1; // Each row begins with its filter, 0 for none.
    for (let x = 0; x < WIDTH; x += 1)
      for (let channel = 0; channel < 3; channel += 1) {
        const share = (x / WIDTH + y / HEIGHT) / 2;
        const [from = 0, to = 0] = [colours[channel], colours[channel + 3]];
        pixels[at++] = Math.round(from * (1 - share) + to * share);
      }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([8, 2], 8); // Eight bits a channel, RGB.
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Length, type, data, and the checksum of the two. */
function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}
