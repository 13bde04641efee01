import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Environment } from './environment.ts';
import { readEnvironment } from './read-environment.ts';

const REQUIRED = { INSIDER_AUTH_KEY: 'INS.key' };

function read(
  variables: Record<string, string>,
  files: Record<string, string> = {},
): ReturnType<typeof readEnvironment> {
  return readEnvironment(variables, (path) => {
    const content = files[path];
    if (content === undefined) throw new Error(`ENOENT: ${path}`);
    return content;
  });
}

function environmentOf(variables: Record<string, string>, files?: Record<string, string>): Environment {
  const reading = read({ ...REQUIRED, ...variables }, files);
  if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'));
  return reading.environment;
}

function problemsOf(variables: Record<string, string>, files?: Record<string, string>): readonly string[] {
  const reading = read(variables, files);
  return reading.kind === 'invalid' ? reading.problems : [];
}

describe('readEnvironment', () => {
  it('needs the key and nothing else', () => {
    expect(environmentOf({})).toEqual(Object.assign(new Environment(), REQUIRED));
    expect(problemsOf({})).toEqual(['INSIDER_AUTH_KEY is required']);
  });

  it('reads each kind of value', () => {
    expect(
      environmentOf({
        ROLES: 'grpc, callbacks',
        KAFKA_BROKERS: 'one:9092,[::1]:9093',
        KAFKA_SSL: 'true',
        HTTP_PORT: '0',
        CALLBACK_TOKENS: 'old, new',
        CALLBACK_TOKEN_HEADER: 'X-Token',
        REDIS_URL: 'rediss://cache:6379/1',
        WINDOW_POLICY: 'strict',
      }),
    ).toMatchObject({
      ROLES: ['grpc', 'callbacks'],
      KAFKA_BROKERS: ['one:9092', '[::1]:9093'],
      KAFKA_SSL: true,
      HTTP_PORT: 0,
      CALLBACK_TOKENS: ['old', 'new'],
      CALLBACK_TOKEN_HEADER: 'x-token',
      REDIS_URL: 'rediss://cache:6379/1',
      WINDOW_POLICY: 'strict',
    });
  });

  it('takes an empty value for none', () => {
    expect(environmentOf({ HTTP_PORT: '', KAFKA_BROKERS: '' })).toMatchObject({
      HTTP_PORT: 3000,
      KAFKA_BROKERS: undefined,
    });
  });

  describe('NAME_FILE', () => {
    it('gives NAME the content of the file, without the line break at its end', () => {
      const files = { '/run/secrets/key': 'INS.from-file\n' };
      expect(
        environmentOf({ INSIDER_AUTH_KEY: '', INSIDER_AUTH_KEY_FILE: '/run/secrets/key' }, files),
      ).toMatchObject({
        INSIDER_AUTH_KEY: 'INS.from-file',
      });
    });

    it('beside NAME is refused', () => {
      const variables = { ...REQUIRED, INSIDER_AUTH_KEY_FILE: '/key' };
      expect(problemsOf(variables, { '/key': 'INS.other' })).toEqual([
        'INSIDER_AUTH_KEY and INSIDER_AUTH_KEY_FILE are both set: leave one of them out',
      ]);
    });

    it('that cannot be read is one problem, not two', () => {
      expect(problemsOf({ INSIDER_AUTH_KEY_FILE: '/nowhere' })).toEqual([
        'INSIDER_AUTH_KEY_FILE names a file that cannot be read',
      ]);
    });
  });

  const WRONG = {
    NODE_ENV: 'canary-staging',
    ROLES: 'grpc,canary',
    GRPC_URL: 'canary',
    HTTP_PORT: 'canary',
    KAFKA_BROKERS: 'broker:9092,canary',
    KAFKA_SSL: 'canary',
    KAFKA_SASL_MECHANISM: 'canary',
    REDIS_URL: 'http://canary:secret@cache',
    INSIDER_BASE_URL: 'canary://x',
    INSIDER_USER_AGENT: 'canary\nline',
    INSIDER_RATE_LIMIT_PER_SECOND: '0',
    INSIDER_MAX_MESSAGES_PER_REQUEST: '1e9',
    INSIDER_TIMEOUT_MS: '10s-canary',
    AUTH: 'canary',
    CALLBACK_TOKENS: 'canary,,canary',
    CALLBACK_TOKEN_HEADER: 'canary header',
    AMBIGUOUS_SENDS: 'canary',
    WINDOW_POLICY: 'canary',
    IDEMPOTENCY_TTL_HOURS: '-1',
    QUEUE_MAX_MESSAGES: '1',
    TOPIC_SEND: 'canary topic',
    TOPIC_RESULT: 'canary/topic',
    LOG_LEVEL: 'canary',
    KAFKA_BROKER: 'canary:9092',
  };

  it('tells every problem at once', () => {
    const problems = problemsOf(WRONG);
    for (const name of [...Object.keys(WRONG), 'INSIDER_AUTH_KEY']) {
      expect(problems.filter((problem) => problem.includes(name))).not.toEqual([]);
    }
  });

  it('repeats no given value', () => {
    const problems = problemsOf({ ...WRONG, INSIDER_AUTH_KEY: 'canary', INSIDER_AUTH_KEY_FILE: '/canary' });
    expect(problems.length).toBeGreaterThan(Object.keys(WRONG).length - 1);
    expect(problems.filter((problem) => problem.includes('canary') || problem.includes('secret'))).toEqual(
      [],
    );
  });

  it('takes no address with a password in it for the provider’s', () => {
    expect(problemsOf({ ...REQUIRED, INSIDER_BASE_URL: 'https://user:canary@provider.example' })).toEqual([
      expect.stringContaining('INSIDER_BASE_URL'),
    ]);
  });

  it('wants all of SASL or none', () => {
    expect(problemsOf({ ...REQUIRED, KAFKA_SASL_USERNAME: 'parley' })).toEqual([
      expect.stringContaining('set all or none'),
    ]);
  });

  describe('in production', () => {
    const PRODUCTION = { ...REQUIRED, NODE_ENV: 'production' };

    it('wants to know who may call, and what callbacks present', () => {
      expect(problemsOf(PRODUCTION)).toEqual([
        expect.stringMatching(/^CALLERS_FILE is required in production; AUTH=off/),
        'CALLBACK_TOKENS is required in production',
      ]);
    });

    it.each([
      ['a file of callers', { CALLERS_FILE: '/callers.json' }],
      ['the word that nobody is asked', { AUTH: 'off' }],
    ])('is satisfied by tokens and %s', (_name, variables) => {
      expect(problemsOf({ ...PRODUCTION, CALLBACK_TOKENS: 'token', ...variables })).toEqual([]);
    });
  });
});
