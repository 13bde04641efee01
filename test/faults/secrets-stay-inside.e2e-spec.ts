import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '@parley/provisioning';
import { ScriptedEndpoint } from '@parley/testing';
import { baseEnvironment } from '../processes/base-environment.ts';
import { REPOSITORY } from '../processes/service-process.ts';
import { GatewayProcess } from './gateway-process.ts';
import { CALLERS, CANARIES, leaksIn } from './secrets/canaries.ts';
import { Doors } from './secrets/doors.ts';

const SETUP_TIMEOUT_MS = 120_000;
const END_TIMEOUT_MS = 20_000;
const MANY = 1_000;
const { authKey, callerToken, callbackToken, kafkaPassword, body, phoneNumber } = CANARIES;

/** Loaded into the gateway: throws, as an error of a client would, with what it was asked to send. */
const CRASH_ON_SIGNAL = `process.once('SIGUSR2', () => {
  throw Object.assign(new Error(${JSON.stringify(`for ${phoneNumber}`)}), {
    command: { args: ${JSON.stringify([body, authKey, callerToken])} },
  });
});`;

describe('Keys, tokens, bodies and phone numbers', () => {
  let folder: string;
  let provider: ScriptedEndpoint;
  let gateway: GatewayProcess;
  let doors: Doors;
  let seriesBefore: readonly string[];
  let seriesAfter: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-secrets-'));
    const callersFile = join(folder, 'callers.json');
    await writeFile(callersFile, CALLERS);
    const crashFile = join(folder, 'crash.mjs');
    await writeFile(crashFile, CRASH_ON_SIGNAL);
    provider = await ScriptedEndpoint.listen();
    gateway = await GatewayProcess.start({
      providerUrl: provider.url,
      settings: {
        INSIDER_AUTH_KEY: authKey,
        CALLBACK_TOKENS: callbackToken,
        CALLERS_FILE: callersFile,
        AMBIGUOUS_SENDS: 'report',
        INSIDER_RATE_LIMIT_PER_SECOND: '10000',
        LOG_LEVEL: 'trace',
      },
      nodeArgs: [`--import=${crashFile}`],
    });
    doors = new Doors(gateway);
    await doors.tryEach('accepted');
    // The provider repeats what it was sent, as validators like to.
    provider.follow(({ headers, messages }) => ({
      status: 400,
      body: {
        message: JSON.stringify(messages),
        error: { code: JSON.stringify(messages), message: headers['x-ins-auth-key'] },
      },
    }));
    await doors.tryEach('refused');
    provider.follow(({ messages }) => ({ status: 500, body: JSON.stringify(messages) }));
    await doors.tryEach('ambiguous');
    provider.follow(({ messages }) => ({ status: 200, body: { keys: messages } }));
    await doors.tryEach('misread');
    provider.follow((request) => provider.accept(request));
    await doors.strangers(0, MANY / 10);
    seriesBefore = await series();
    await doors.strangers(MANY / 10, MANY);
    seriesAfter = await series();
    provider.follow(({ headers, messages }) => ({
      status: 401,
      body: { message: JSON.stringify([headers, messages]) },
    }));
    await doors.tryEach('paused');
    for (const path of ['/health/ready', '/health/live', '/health/startup', '/docs', '/metrics'])
      await doors.ask(path);
    process.kill(gateway.pid ?? NaN, 'SIGUSR2');
    await gateway.terminate();
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    doors.close();
    await gateway.stop();
    await provider.close();
    await rm(folder, { recursive: true, force: true });
  }, SETUP_TIMEOUT_MS);

  it('went through every door, and met every fault', () => {
    const logged = output();
    for (const event of ['settled', 'attempted', 'ambiguous', 'account-paused', 'dead-lettered']) {
      expect(logged).toContain(`"event":"${event}"`);
    }
    expect(logged).toContain('an error was not caught');
    for (const reason of [
      'PROVIDER_REJECTED',
      'OUTCOME_UNKNOWN',
      'PHONE_NUMBER_INVALID',
      'PROVIDER_UNAUTHORIZED',
    ]) {
      expect(doors.told.join('\n')).toContain(reason);
    }
  });

  it('are in no line of the log, also not when the process crashes', () => {
    expect(leaksIn(output())).toEqual([]);
  });

  it('are in no answer, error, health report or metric', () => {
    expect(leaksIn(doors.told.join('\n'))).toEqual([]);
  });

  it(`make no new metric: after ${MANY.toLocaleString('en')} other numbers, ids, accounts and methods there are as many`, () => {
    expect(seriesAfter.filter((one) => !seriesBefore.includes(one))).toEqual([]);
  });

  it(
    'are in no complaint about a configuration that holds them in the wrong place',
    async () => {
      const broken = join(folder, 'broken.json');
      await writeFile(broken, `{"accounts":[{"authKey":"${authKey}"`);
      const wrong = join(folder, 'wrong.json');
      await writeFile(
        wrong,
        JSON.stringify({ callers: [{ name: callerToken, tokenSha256: callerToken, accounts: [authKey] }] }),
      );
      const spoilt = {
        INSIDER_AUTH_KEY: `${authKey}\n${authKey}`,
        INSIDER_AUTHKEY: authKey,
        INSIDER_TIMEOUT_MS: authKey,
      };
      const environments = [
        {
          ...spoilt,
          CALLBACK_TOKENS: `${callbackToken} x`,
          KAFKA_SASL_PASSWORD: kafkaPassword,
          REDIS_URL: CANARIES.redisPassword,
        },
        {
          INSIDER_AUTH_KEY: authKey,
          LOG_LEVEL: authKey,
          ROLES: callerToken,
          KAFKA_BROKERS: kafkaPassword,
          GRPC_URL: callerToken,
        },
        {
          INSIDER_AUTH_KEY: authKey,
          ACCOUNTS_FILE: broken,
          CALLERS_FILE: wrong,
          CALLBACK_ALLOWED_IPS: callbackToken,
        },
        { INSIDER_AUTH_KEY_FILE: join(folder, authKey), INSIDER_AUTH_KEY: authKey },
      ];
      for (const env of environments) {
        const end = await runCommand(process.execPath, [join(REPOSITORY, 'apps/gateway/dist/main.js')], {
          env: { ...baseEnvironment(), ...env },
          signal: AbortSignal.timeout(END_TIMEOUT_MS),
        });
        expect(end).toMatchObject({
          kind: 'exited',
          exitCode: 1,
          output: expect.stringContaining('cannot start'),
        });
        expect(leaksIn('output' in end ? end.output : '')).toEqual([]);
      }
    },
    SETUP_TIMEOUT_MS,
  );

  function output(): string {
    return [...gateway.log.lines.map((line) => JSON.stringify(line)), ...gateway.log.noise].join('\n');
  }

  /** Names with labels, without values. */
  async function series(): Promise<readonly string[]> {
    const text = await doors.ask('/metrics');
    return text
      .split('\n')
      .flatMap((line) => (line.startsWith('parley_') ? [line.replace(/ \S+$/, '')] : []));
  }
});
