import type { PublicAnswer } from './public-fetch.ts';

export interface Image {
  readonly kind: 'image';
  readonly type: ImageType;
  readonly bytes: Buffer;
}

export interface NoImage {
  readonly kind: 'none';
  readonly reason: 'NOT_AN_IMAGE' | 'TOO_LARGE';
}

/** Never SVG, which can hold scripts. */
type ImageType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';

/**
 * An image of up to {@link MAX_IMAGE_BYTES}, which is Meta's limit for og:image. Its first bytes say what it is, and
 * nothing more is read when they are not an image's; what its server calls it does not count.
 */
export async function readImage({ body }: Pick<PublicAnswer, 'body'>): Promise<Image | NoImage> {
  // One piece from the start: parts of a byte each would take a hundred times their size.
  const bytes = Buffer.allocUnsafe(MAX_IMAGE_BYTES);
  let length = 0;
  let type: ImageType | undefined;
  for await (const part of body) {
    if (length + part.length > MAX_IMAGE_BYTES) return { kind: 'none', reason: 'TOO_LARGE' };
    bytes.set(part, length);
    length += part.length;
    if (type !== undefined || length < SIGNATURE_BYTES) continue;
    type = imageType(bytes);
    if (type === undefined) break;
  }
  return type === undefined
    ? { kind: 'none', reason: 'NOT_AN_IMAGE' }
    : { kind: 'image', type, bytes: bytes.subarray(0, length) };
}

export const MAX_IMAGE_BYTES = 600 * 1024;

const SIGNATURE_BYTES = 12;

/** By the signatures of the MIME Sniffing standard. */
function imageType(beginning: Buffer): ImageType | undefined {
  const text = beginning.toString('latin1', 0, SIGNATURE_BYTES);
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif';
  return text.startsWith('RIFF') && text.startsWith('WEBP', 8) ? 'image/webp' : undefined;
}
