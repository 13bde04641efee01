import { beforeEach, describe, expect, it } from '@jest/globals';
import { MIMEType } from 'node:util';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';
import { fixtureImage } from './fixtures.ts';
import { noPreview } from './preview.ts';
import { Previews } from './previews.ts';
import { PublicFetch } from './public-fetch.ts';
import type { Fetched, FetchFailure, PublicRequest } from './public-fetch.ts';
import { PublicNetwork } from './public-network.ts';

class SetClock extends Clock {
  ms = 0;
  override nowMs(): number {
    return this.ms;
  }
}

/** Answers by itself with a page, or fails for a reason. */
class ScriptedFetch extends PublicFetch {
  readonly asked: string[] = [];
  answer: FetchFailure | Buffer = Buffer.from('<meta property="og:title" content="A title">');

  constructor() {
    super(new PublicNetwork());
  }

  override async get<T>({ url, read }: PublicRequest<T>): Promise<Fetched<T>> {
    this.asked.push(url.href);
    const { answer } = this;
    if (typeof answer === 'string') return { kind: 'failed', reason: answer };
    async function* body(): AsyncGenerator<Uint8Array, void> {
      yield await Promise.resolve(answer as Buffer);
    }
    return { kind: 'read', value: await read({ url, type: new MIMEType('text/html'), body: body() }) };
  }
}

describe('Previews', () => {
  const PAGE = 'https://parley.dev/page';
  const CARD = { kind: 'card', url: PAGE, host: 'parley.dev', title: 'A title' };
  let clock: SetClock;
  let fetch: ScriptedFetch;
  beforeEach(() => {
    clock = new SetClock();
    fetch = new ScriptedFetch();
  });

  const previewsWith = (previews: Configuration['previews']): Previews =>
    new Previews(Object.assign(new Configuration(), { previews }), fetch, clock);

  it('are none when they are off', async () => {
    const previews = previewsWith('off');
    for (const url of ['https://example.com/', PAGE, 'no URL'])
      expect(await previews.preview(url)).toEqual(noPreview('OFF'));
    expect(await previews.image('https://example.com/')).toEqual({ kind: 'none', reason: 'OFF' });
  });

  it('of fixtures alone ask nobody', async () => {
    const previews = previewsWith('fixtures');
    expect(await previews.preview('https://example.com/')).toMatchObject({ kind: 'card' });
    expect(await previews.preview(PAGE)).toEqual(noPreview('FIXTURES_ONLY'));
    expect(await previews.image(PAGE)).toEqual({ kind: 'none', reason: 'FIXTURES_ONLY' });
    expect(fetch.asked).toEqual([]);
  });

  it('of example domains ask nobody either where others are read', async () => {
    const previews = previewsWith('fetch');
    for (const url of [
      'https://example.com/a',
      'http://www.example.org',
      'https://shop.test/',
      'http://a.example/',
    ]) {
      expect(await previews.preview(url)).toMatchObject({ kind: 'card' });
      const bytes = fixtureImage(new URL(url));
      expect(await previews.image(url)).toEqual({ kind: 'image', type: 'image/png', bytes });
    }
    expect(fetch.asked).toEqual([]);
  });

  it('show what the page says', async () => {
    expect(await previewsWith('fetch').preview(`${PAGE}#fragment`)).toEqual(CARD);
    expect(fetch.asked).toEqual([PAGE]);
  });

  it.each([
    ['ftp://parley.dev/', 'NOT_A_URL'],
    ['parley.dev', 'NOT_A_URL'],
    ['https://user:password@parley.dev/', 'NOT_A_URL'],
    ['http://8.8.8.8/', 'IP_ADDRESS'],
    ['http://[2606:4700:4700::1111]/', 'IP_ADDRESS'],
    ['http://127.0.0.1:4000/', 'PRIVATE_ADDRESS'],
    ['http://0x7f.1/', 'PRIVATE_ADDRESS'],
    ['http://[::ffff:10.0.0.1]/', 'PRIVATE_ADDRESS'],
  ] as const)('need a hostname: %s has none', async (url, reason) => {
    expect(await previewsWith('fetch').preview(url)).toEqual(noPreview(reason));
    expect(fetch.asked).toEqual([]);
  });

  it('are read once for all who ask meanwhile, and kept', async () => {
    const previews = previewsWith('fetch');
    const cards = await Promise.all(Array.from({ length: 20 }, () => previews.preview(PAGE)));
    expect(cards).toEqual(Array.from({ length: 20 }, () => CARD));
    clock.ms += 599_999;
    expect(await previews.preview(PAGE)).toEqual(CARD);
    expect(fetch.asked).toHaveLength(1);
    clock.ms += 1;
    expect(await previews.preview(PAGE)).toEqual(CARD);
    expect(fetch.asked).toHaveLength(2);
  });

  it('that failed are tried again half a minute later, those that found no place at once', async () => {
    const previews = previewsWith('fetch');
    fetch.answer = 'BUSY';
    expect(await previews.preview(PAGE)).toEqual(noPreview('BUSY'));
    fetch.answer = 'UNREACHABLE';
    expect(await previews.preview(PAGE)).toEqual(noPreview('UNREACHABLE'));
    fetch.answer = Buffer.from('<meta property="og:title" content="A title">');
    expect(await previews.preview(PAGE)).toEqual(noPreview('UNREACHABLE'));
    clock.ms += 30_000;
    expect(await previews.preview(PAGE)).toEqual(CARD);
  });

  it('hand on images, and nothing that is none', async () => {
    const previews = previewsWith('fetch');
    fetch.answer = fixtureImage(new URL(PAGE));
    expect(await previews.image(PAGE)).toEqual({ kind: 'image', type: 'image/png', bytes: fetch.answer });
    fetch.answer = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    expect(await previews.image(PAGE)).toEqual({ kind: 'none', reason: 'NOT_AN_IMAGE' });
    fetch.answer = 'PRIVATE_ADDRESS';
    expect(await previews.image(PAGE)).toEqual({ kind: 'none', reason: 'PRIVATE_ADDRESS' });
  });
});
