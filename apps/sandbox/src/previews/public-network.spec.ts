import { describe, expect, it } from '@jest/globals';
import { PublicNetwork } from './public-network.ts';

describe('PublicNetwork', () => {
  const network = new PublicNetwork();

  it('allows no address but public ones', () => {
    expect(['8.8.8.8', '127.0.0.1', '::1', '10.0.0.1'].map((each) => network.isAllowed(each))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it.each(['localhost', 'localhost.', 'app.localhost'])('knows that %s is this machine', async (name) => {
    expect(await network.addresses(name, AbortSignal.abort())).toEqual(['127.0.0.1']);
  });

  it('asks nobody when it is too late', async () => {
    await expect(network.addresses('parley.invalid', AbortSignal.abort())).rejects.toThrow('aborted');
  });

  it('stops asking when it is told to', async () => {
    const ended = new AbortController();
    const addresses = network.addresses('parley.invalid', ended.signal);
    ended.abort();
    expect(await addresses).toEqual([]);
  });
});
