import { describe, expect, it } from '@jest/globals';
import { fixtureCard } from './fixtures.ts';
import { noPreview } from './preview.ts';
import { MAX_PREVIEWS, PreviewCache } from './preview-cache.ts';

const CARD = fixtureCard(new URL('https://example.com/'));
const MINUTE_MS = 60_000;

describe('PreviewCache', () => {
  it('keeps a card for ten minutes, a failure for half a minute', () => {
    const cache = new PreviewCache();
    cache.set('card', CARD, 0);
    cache.set('failure', noPreview('TIMEOUT'), 0);
    expect(cache.get('failure', MINUTE_MS / 2 - 1)).toEqual(noPreview('TIMEOUT'));
    expect(cache.get('failure', MINUTE_MS / 2)).toBeUndefined();
    expect(cache.get('card', 10 * MINUTE_MS - 1)).toBe(CARD);
    expect(cache.get('card', 10 * MINUTE_MS)).toBeUndefined();
  });

  it('is bounded: the one put in longest ago makes room', () => {
    const cache = new PreviewCache();
    for (let index = 0; index < MAX_PREVIEWS; index += 1) cache.set(`${index}`, CARD, 0);
    cache.set('0', CARD, 0);
    cache.set('new', CARD, 0);
    expect(['0', '1', '2', 'new'].map((url) => cache.get(url, 0))).toEqual([CARD, undefined, CARD, CARD]);
  });
});
