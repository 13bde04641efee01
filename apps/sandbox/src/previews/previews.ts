import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';
import { fixtureCard, fixtureImage, isFixture } from './fixtures.ts';
import { noPreview } from './preview.ts';
import type { NoPreviewReason, Preview } from './preview.ts';
import { PreviewCache } from './preview-cache.ts';
import { isPublicAddress, literalAddress } from './public-address.ts';
import { PublicFetch } from './public-fetch.ts';
import { readCard } from './read-card.ts';
import { readImage } from './read-image.ts';
import type { Image, NoImage } from './read-image.ts';
import { webUrl } from './web-url.ts';

/**
 * Cards of links, as far as the sandbox's mode goes. Example domains have made-up ones; other pages are read, one at a
 * time for the same URL, and what came of it is kept for a while.
 */
@Injectable()
export class Previews implements OnModuleDestroy {
  readonly #kept = new PreviewCache();
  /** At most as many as {@link PublicFetch} has open, and those that it refuses at once. */
  readonly #underWay = new Map<string, Promise<Preview>>();

  constructor(
    private readonly configuration: Configuration,
    private readonly fetch: PublicFetch,
    private readonly clock: Clock,
  ) {}

  /** Never rejects. */
  async preview(link: string): Promise<Preview> {
    const admitted = this.#admit(link);
    if (admitted.kind === 'none') return noPreview(admitted.reason);
    const { url } = admitted;
    if (admitted.kind === 'fixture') return fixtureCard(url);
    const literal = literalAddress(url);
    if (literal !== undefined) return noPreview(isPublicAddress(literal) ? 'IP_ADDRESS' : 'PRIVATE_ADDRESS');
    return this.#kept.get(url.href, this.clock.nowMs()) ?? this.#underWay.get(url.href) ?? this.#begin(url);
  }

  /** Never rejects. */
  async image(
    link: string,
  ): Promise<Image | NoImage | { readonly kind: 'none'; readonly reason: NoPreviewReason }> {
    const admitted = this.#admit(link);
    if (admitted.kind === 'none') return admitted;
    const { url } = admitted;
    if (admitted.kind === 'fixture') return { kind: 'image', type: 'image/png', bytes: fixtureImage(url) };
    const fetched = await this.fetch.get({
      url,
      accept: 'image/png, image/jpeg, image/webp, image/gif',
      timeoutMs: TIMEOUT_MS,
      read: readImage,
    });
    return fetched.kind === 'read' ? fetched.value : { kind: 'none', reason: fetched.reason };
  }

  onModuleDestroy(): void {
    this.#kept.clear();
  }

  #admit(link: string): Admitted {
    const { previews } = this.configuration;
    if (previews === 'off') return { kind: 'none', reason: 'OFF' };
    const url = webUrl(link);
    if (url === undefined) return { kind: 'none', reason: 'NOT_A_URL' };
    if (isFixture(url)) return { kind: 'fixture', url };
    return previews === 'fetch' ? { kind: 'page', url } : { kind: 'none', reason: 'FIXTURES_ONLY' };
  }

  #begin(url: URL): Promise<Preview> {
    const preview = this.#read(url).finally(() => this.#underWay.delete(url.href));
    this.#underWay.set(url.href, preview);
    return preview;
  }

  async #read(url: URL): Promise<Preview> {
    const fetched = await this.fetch.get({
      url,
      accept: 'text/html, application/xhtml+xml',
      timeoutMs: TIMEOUT_MS,
      read: readCard,
    });
    const preview = previewOf(url, fetched.kind === 'read' ? fetched.value : { ...fetched, kind: 'none' });
    // Nothing was found out about the page.
    if (preview.kind === 'card' || preview.reason !== 'BUSY')
      this.#kept.set(url.href, preview, this.clock.nowMs());
    return preview;
  }
}

const TIMEOUT_MS = 3_000;

type Admitted =
  | { readonly kind: 'fixture' | 'page'; readonly url: URL }
  | { readonly kind: 'none'; readonly reason: 'OFF' | 'NOT_A_URL' | 'FIXTURES_ONLY' };

function previewOf(
  url: URL,
  read: Awaited<ReturnType<typeof readCard>> | { readonly kind: 'none'; readonly reason: NoPreviewReason },
): Preview {
  if (read.kind === 'none') return noPreview(read.reason);
  return { kind: 'card', url: url.href, host: url.hostname, ...read.shown };
}
