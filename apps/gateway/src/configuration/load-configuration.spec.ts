import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { describeConfiguration } from './describe-configuration.ts';
import { loadConfiguration } from './load-configuration.ts';
import type { ConfigurationLoading } from './load-configuration.ts';

const SHA = 'a'.repeat(64);

function load(variables: Record<string, string>, files: Record<string, unknown> = {}): ConfigurationLoading {
  return loadConfiguration({
    variables: { INSIDER_AUTH_KEY: 'INS.key', ...variables },
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) throw new Error(`ENOENT: ${path}`);
      return typeof content === 'string' ? content : JSON.stringify(content);
    },
    version: '1.2.3',
  });
}

function loadAccounts(...accounts: unknown[]): ConfigurationLoading {
  return load({ ACCOUNTS_FILE: '/accounts.json' }, { '/accounts.json': { accounts } });
}

function loadCallers(...callers: unknown[]): ConfigurationLoading {
  return load({ CALLERS_FILE: '/callers.json' }, { '/callers.json': { callers } });
}

function configurationOf(
  loading: ConfigurationLoading,
): (ConfigurationLoading & { kind: 'valid' })['configuration'] {
  if (loading.kind === 'invalid') throw new Error(loading.problems.join('\n'));
  return loading.configuration;
}

function problemsOf(loading: ConfigurationLoading): readonly string[] {
  return loading.kind === 'invalid' ? loading.problems : [];
}

describe('loadConfiguration', () => {
  it('makes one account of the INSIDER_ settings, named default', () => {
    expect(configurationOf(load({ CALLBACK_TOKENS: 'one,two' })).accounts).toEqual([
      {
        name: 'default',
        baseUrl: 'https://whatsapp.useinsider.com',
        authKey: 'INS.key',
        userAgent: 'parley/1.2.3',
        timeoutMs: 10_000,
        limitPerSecond: 10,
        maxMessagesPerRequest: 100,
        callbackTokens: ['one', 'two'],
      },
    ]);
  });

  it('is a development gateway on in-process bus and open doors when nothing else is said', () => {
    expect(configurationOf(load({}))).toMatchObject({
      kafka: undefined,
      callers: undefined,
      production: false,
      idempotencyTtlMs: 72 * 3_600_000,
      maxMessages: 10_000,
    });
  });

  it('refuses for a closed window as WINDOW_POLICY says, and only for one that is known when it says nothing', () => {
    expect(configurationOf(load({})).windowPolicy).toBe('known');
    expect(configurationOf(load({ WINDOW_POLICY: 'strict' })).windowPolicy).toBe('strict');
  });

  describe('ACCOUNTS_FILE', () => {
    it('adds accounts, which are like the default one in what they leave out', () => {
      const loading = loadAccounts(
        { name: 'second', authKey: 'INS.2' },
        {
          name: 'third',
          authKey: 'INS.3',
          baseUrl: 'http://127.0.0.1:4000',
          rateLimitPerSecond: 50,
          maxMessagesPerRequest: 10,
          callbackTokens: ['three'],
        },
      );
      const [first, second, third] = configurationOf(loading).accounts;
      expect(second).toEqual({ ...first, name: 'second', authKey: 'INS.2' });
      expect(third).toEqual({
        ...first,
        name: 'third',
        authKey: 'INS.3',
        baseUrl: 'http://127.0.0.1:4000',
        limitPerSecond: 50,
        maxMessagesPerRequest: 10,
        callbackTokens: ['three'],
      });
    });

    const entry = { name: 'second', authKey: 'canary' };
    it.each([
      ['no name', [{ authKey: 'canary' }], 'ACCOUNTS_FILE: accounts[0].name must be'],
      ['a name with capitals', [{ ...entry, name: 'Canary' }], 'ACCOUNTS_FILE: accounts[0].name must be'],
      ['no key', [{ name: 'second' }], 'ACCOUNTS_FILE: accounts[0].authKey'],
      ['a key of two lines', [{ ...entry, authKey: 'canary\nline' }], 'ACCOUNTS_FILE: accounts[0].authKey'],
      [
        'a limit of none',
        [entry, { ...entry, name: 'b', rateLimitPerSecond: 0 }],
        'accounts[1].rateLimitPerSecond',
      ],
      [
        'an address with a password',
        [{ ...entry, baseUrl: 'https://a:canary@b.example' }],
        'accounts[0].baseUrl',
      ],
      ['an unknown field', [{ ...entry, rateLimit: 5 }], 'accounts[0].property rateLimit should not exist'],
      ['the same name twice', [entry, entry], 'accounts must have different names'],
      ['the name of the default account', [{ ...entry, name: 'default' }], 'the account default'],
      ['an entry that is null', [null], 'ACCOUNTS_FILE: '],
      ['an entry that is a text', ['canary'], 'ACCOUNTS_FILE: '],
    ])('refuses %s, and repeats no value', (_name, accounts, problem) => {
      const problems = problemsOf(loadAccounts(...accounts));
      expect(problems.join('\n')).toContain(problem);
      expect(problems.join('\n')).not.toContain('canary');
    });
  });

  describe('CALLERS_FILE', () => {
    it('says who may call with which accounts', () => {
      const caller = { name: 'shop', tokenSha256: SHA, accounts: ['default'] };
      expect(configurationOf(loadCallers(caller)).callers).toEqual([caller]);
    });

    it('counts for nothing with AUTH=off', () => {
      const variables = { CALLERS_FILE: '/callers.json', AUTH: 'off' };
      expect(configurationOf(load(variables, { '/callers.json': { callers: [] } })).callers).toBeUndefined();
    });

    const caller = { name: 'shop', tokenSha256: SHA, accounts: ['default'] };
    it.each([
      [
        'a token instead of its digest',
        [{ ...caller, tokenSha256: 'canary' }],
        'callers[0].tokenSha256 must be',
      ],
      ['no accounts', [{ ...caller, accounts: [] }], 'callers[0].accounts'],
      [
        'an account that is not configured',
        [{ ...caller, accounts: ['default', 'canary'] }],
        'callers[0].accounts',
      ],
      ['accounts that are a text', [{ ...caller, accounts: 'canary' }], 'callers[0].accounts'],
      ['an unknown field', [{ ...caller, token: 'canary' }], 'callers[0].property token should not exist'],
      [
        'the same name twice',
        [caller, { ...caller, tokenSha256: 'b'.repeat(64) }],
        'callers must have different names',
      ],
      ['the same token twice', [caller, { ...caller, name: 'b' }], 'different tokens'],
      ['an entry that is null', [null], 'CALLERS_FILE: '],
    ])('refuses %s, and repeats no value', (_name, callers, problem) => {
      const problems = problemsOf(loadCallers(...callers));
      expect(problems.join('\n')).toContain(problem);
      expect(problems.join('\n')).not.toContain('canary');
    });
  });

  it.each([
    ['is not there', undefined, 'the file cannot be read'],
    ['is not JSON', '{"callers": canary', 'the file is not JSON'],
    ['holds a list', '[]', 'must hold an object'],
    ['holds nothing', '{}', 'callers must be an array'],
  ])('refuses a file that %s, and repeats nothing of it', (_name, content, problem) => {
    const problems = problemsOf(load({ CALLERS_FILE: '/callers.json' }, { '/callers.json': content }));
    expect(problems.join('\n')).toContain(`CALLERS_FILE: ${problem}`);
    expect(problems.join('\n')).not.toContain('canary');
  });

  it('tells the problems of both files at once', () => {
    const problems = problemsOf(load({ CALLERS_FILE: '/a', ACCOUNTS_FILE: '/b' }));
    expect(problems).toEqual([
      'ACCOUNTS_FILE: the file cannot be read',
      'CALLERS_FILE: the file cannot be read',
    ]);
  });
});

describe('describeConfiguration', () => {
  const loading = load(
    {
      INSIDER_AUTH_KEY: 'canary-key',
      CALLBACK_TOKENS: 'canary-old,canary-new',
      KAFKA_BROKERS: 'broker:9092',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'canary-user',
      KAFKA_SASL_PASSWORD: 'canary-password',
      REDIS_URL: 'redis://canary:canary@cache',
      ACCOUNTS_FILE: '/accounts.json',
      CALLERS_FILE: '/callers.json',
    },
    {
      '/accounts.json': { accounts: [{ name: 'second', authKey: 'canary-2', callbackTokens: ['canary-3'] }] },
      '/callers.json': { callers: [{ name: 'shop', tokenSha256: SHA, accounts: ['*'] }] },
    },
  );

  it('holds no secret', () => {
    const text = JSON.stringify(describeConfiguration(configurationOf(loading)));
    expect(text).not.toContain('canary');
    expect(text).not.toContain(SHA);
  });

  it('says which secrets there are', () => {
    expect(describeConfiguration(configurationOf(loading))).toMatchObject({
      bus: 'kafka',
      kafka: { brokers: ['broker:9092'], saslConfigured: true },
      accounts: [
        { name: 'default', authKeyConfigured: true, callbackTokensConfigured: true },
        { name: 'second', authKeyConfigured: true, callbackTokensConfigured: true },
      ],
      callersConfigured: true,
    });
  });
});
