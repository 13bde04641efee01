import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { Settings } from '../settings/settings.ts';
import { readConfiguration } from './read-configuration.ts';

describe('readConfiguration', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    await writeFile(join(folder, 'key'), 'INS.from-file\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('needs nothing but the key', () => {
    expect(readConfiguration({ SANDBOX_AUTH_KEY: 'INS.key', PATH: '/bin', SANDBOX_PORT: '' })).toEqual({
      kind: 'ok',
      configuration: {
        host: '0.0.0.0',
        port: 4000,
        authKey: 'INS.key',
        allowedNetworks: [],
        blockedUserAgents: ['Java/', 'Java-http-client/'],
        previews: 'fetch',
      },
      settings: new Settings(),
    });
  });

  it('reads every setting', () => {
    const read = readConfiguration({
      SANDBOX_HOST: '127.0.0.1',
      SANDBOX_PORT: '0',
      SANDBOX_AUTH_KEY: 'INS.key',
      SANDBOX_CALLBACK_URL: 'http://my_gateway:3000/callbacks/insider/default',
      SANDBOX_CALLBACK_TOKEN: 'token',
      SANDBOX_TIME_SCALE: '600.5',
      SANDBOX_RATE_LIMIT_PER_SECOND: '100',
      SANDBOX_ENFORCE_WINDOW: 'false',
      SANDBOX_ALLOWED_NETWORKS: '10.0.0.0/8, ::1',
      SANDBOX_PREVIEWS: 'off',
      SANDBOX_SUCCESS_STATUS: '202',
    });
    expect(read).toMatchObject({
      kind: 'ok',
      configuration: { port: 0, allowedNetworks: ['10.0.0.0/8', '::1'], previews: 'off' },
      settings: { timeScale: 600.5, rateLimitPerSecond: 100, enforceWindow: false, successStatus: 202 },
    });
  });

  it('reads a value from a file, without the line break at its end', () => {
    expect(readConfiguration({ SANDBOX_AUTH_KEY_FILE: join(folder, 'key') })).toMatchObject({
      configuration: { authKey: 'INS.from-file' },
    });
  });

  it('lists every problem at once, and no value', () => {
    const read = readConfiguration({
      SANDBOX_PORT: 'canary',
      SANDBOX_AUTH_KEY: 'canary canary',
      SANDBOX_CALLBACK_URL: 'ftp://canary',
      SANDBOX_TIME_SCALE: '60',
      SANDBOX_TIME_SCALE_FILE: '/nowhere/canary',
      SANDBOX_RATE_LIMIT_PER_SECOND: '1.5',
      SANDBOX_ENFORCE_WINDOW: 'yes',
      SANDBOX_HOST_FILE: '/nowhere/canary',
      SANDBOX_RATELIMIT: '1',
      SANDBOX_ALLOWED_NETWORKS: 'canary',
      SANDBOX_CALLBACK_OAUTH2_TOKEN_URL: 'http://localhost/token',
    });
    const problems = read.kind === 'invalid' ? read.problems : [];
    expect(problems.map((problem) => problem.split(' ')[0]).toSorted()).toEqual([
      'SANDBOX_ALLOWED_NETWORKS',
      'SANDBOX_AUTH_KEY',
      'SANDBOX_CALLBACK_OAUTH2_CLIENT_ID',
      'SANDBOX_CALLBACK_OAUTH2_CLIENT_SECRET',
      'SANDBOX_CALLBACK_URL',
      'SANDBOX_ENFORCE_WINDOW',
      'SANDBOX_HOST_FILE',
      'SANDBOX_PORT',
      'SANDBOX_RATELIMIT',
      'SANDBOX_RATE_LIMIT_PER_SECOND',
      'SANDBOX_TIME_SCALE',
    ]);
    expect(problems).toContain('SANDBOX_PORT must be a whole number');
    expect(problems.join()).not.toContain('canary');
  });
});
