import 'reflect-metadata';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AccountLimits } from '@parley/sender';
import { LimitsWatch } from './limits-watch.ts';
import type { LimitsEvent } from './limits-watch.ts';
import { loadConfiguration } from './load-configuration.ts';

const stopping: LimitsWatch[] = [];
afterEach(() => {
  for (const watch of stopping.splice(0)) watch.stop();
});

function setUp() {
  const files: Record<string, string> = {
    '/limit': '10',
    '/accounts': accounts({ rateLimitPerSecond: 20, maxMessagesPerRequest: 50 }),
  };
  const reload = () =>
    loadConfiguration({
      variables: {
        INSIDER_AUTH_KEY: 'INS.key',
        INSIDER_RATE_LIMIT_PER_SECOND_FILE: '/limit',
        ACCOUNTS_FILE: '/accounts',
      },
      readFile: (path) => files[path] ?? '',
      version: '0.0.0',
    });
  const loading = reload();
  if (loading.kind === 'invalid') throw new Error(loading.problems.join('\n'));
  const applied: [string, AccountLimits][] = [];
  const events: LimitsEvent[] = [];
  const watch = new LimitsWatch({
    configuration: loading.configuration,
    sender: { setLimits: (name, limits) => void applied.push([name, limits]) },
    reload,
    onEvent: (event) => events.push(event),
  });
  stopping.push(watch);
  return { files, watch, applied, events };
}

function accounts(limits: { rateLimitPerSecond: number; maxMessagesPerRequest: number }): string {
  return JSON.stringify({ accounts: [{ name: 'shop', authKey: 'INS.shop', ...limits }] });
}

describe('LimitsWatch', () => {
  it('changes nothing while the files stay as they are', () => {
    const { watch, applied } = setUp();
    watch.look();
    expect(applied).toEqual([]);
  });

  it('applies a limit that changed, to its account alone and once', () => {
    const { files, watch, applied, events } = setUp();
    files['/limit'] = '30';
    watch.look();
    watch.look();
    expect(applied).toEqual([['default', { limitPerSecond: 30, maxMessagesPerRequest: 100 }]]);
    expect(events).toEqual([
      { kind: 'limits-changed', account: 'default', limitPerSecond: 30, maxMessagesPerRequest: 100 },
    ]);
  });

  it('applies limit and batch size of an account in the accounts file', () => {
    const { files, watch, applied } = setUp();
    files['/accounts'] = accounts({ rateLimitPerSecond: 5, maxMessagesPerRequest: 10 });
    watch.look();
    expect(applied).toEqual([['shop', { limitPerSecond: 5, maxMessagesPerRequest: 10 }]]);
  });

  it('keeps the limits when a file cannot be used, and says so once', () => {
    const { files, watch, applied, events } = setUp();
    files['/limit'] = 'ten';
    watch.look();
    watch.look();
    expect(applied).toEqual([]);
    expect(events).toMatchObject([
      { kind: 'limits-invalid', problems: [expect.stringContaining('INSIDER_RATE_LIMIT_PER_SECOND')] },
    ]);
  });
});
