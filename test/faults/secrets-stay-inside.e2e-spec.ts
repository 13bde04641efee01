import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import { runCommand } from '@parley/provisioning';
import { ScriptedEndpoint } from '@parley/testing';
import { encodeRequest } from '@parley/testing/gateway-client';
import { baseEnvironment } from '../processes/base-environment.ts';
import { REPOSITORY } from '../processes/service-process.ts';
import { eachOf } from './fuzz/raw-exchange.ts';
import { RawGrpc } from './fuzz/raw-grpc.ts';
import { GatewayProcess } from './gateway-process.ts';
import { CALLERS, CANARIES, leaksIn } from './secrets/canaries.ts';

const SETUP_TIMEOUT_MS = 120_000;
const ASK_TIMEOUT_MS = 20_000;
const MANY = 1_000;
const { authKey, callerToken, callbackToken, kafkaPassword, body, metadata, phoneNumber } = CANARIES;

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
  let grpc: RawGrpc;
  /** Whatever callers, the provider and those who scrape were told. */
  const told: string[] = [];
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
    grpc = new RawGrpc(gateway.grpcAddress, ASK_TIMEOUT_MS);
    await throughEveryDoor('accepted');
    // The provider repeats what it was sent, as validators like to.
    provider.follow(({ headers, messages }) => ({
      status: 400,
      body: {
        message: JSON.stringify(messages),
        error: { code: JSON.stringify(messages), message: headers['x-ins-auth-key'] },
      },
    }));
    await throughEveryDoor('refused');
    provider.follow(({ messages }) => ({ status: 500, body: JSON.stringify(messages) }));
    await throughEveryDoor('ambiguous');
    provider.follow(({ messages }) => ({ status: 200, body: { keys: messages } }));
    await throughEveryDoor('misread');
    provider.follow((request) => provider.accept(request));
    await strangers(0, MANY / 10);
    seriesBefore = await series();
    await strangers(MANY / 10, MANY);
    seriesAfter = await series();
    provider.follow(({ headers, messages }) => ({
      status: 401,
      body: { message: JSON.stringify([headers, messages]) },
    }));
    await throughEveryDoor('paused');
    for (const path of ['/health/ready', '/health/live', '/health/startup', '/docs', '/metrics'])
      await ask(path);
    process.kill(gateway.pid ?? NaN, 'SIGUSR2');
    await gateway.terminate();
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    grpc.close();
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
      expect(told.join('\n')).toContain(reason);
    }
  });

  it('are in no line of the log, also not when the process crashes', () => {
    expect(leaksIn(output())).toEqual([]);
  });

  it('are in no answer, error, health report or metric', () => {
    expect(leaksIn(told.join('\n'))).toEqual([]);
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
          signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
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

  async function throughEveryDoor(name: string): Promise<void> {
    const text = { messageId: `grpc-${name}`, phoneNumber, text: { body }, metadata: { it: metadata } };
    const invalid = { ...text, messageId: 'x', phoneNumber: `${phoneNumber}00000` };
    await call('SendConversational', { messages: [text] });
    await call('SendConversational', { messages: [invalid] });
    await call('SendConversational', { messages: [{ ...text, metadata: { it: metadata.repeat(50) } }] });
    await call('SendConversational', { account: body, messages: [text] });
    await call('SendConversational', { messages: [text] }, `${callerToken}-not-quite`);
    await call('SendConversational', { messages: [text] }, `${callerToken}ö`);
    await call('GetMessage', { key: `${metadata}-unknown` });
    await call('WatchMessages', { messageIds: [body, 'x'.repeat(200)] });
    for (const number of [phoneNumber, `${phoneNumber}00000`]) {
      const message = { phoneNumber: number, message: { type: 'text', text: { body } } };
      await ask('/v1/conversational/send', {
        headers: { 'x-ins-auth-key': callerToken },
        body: { messages: [message] },
      });
      await ask('/v1/conversational/send', {
        headers: { 'x-ins-auth-key': `${callerToken}x` },
        body: { messages: [message] },
      });
    }
    await callback({
      id: 'wamid.2',
      status: 'failed',
      recipient_id: phoneNumber.slice(1),
      errors: [{ title: body }],
    });
    await callback({ nobody: `reads ${body} of ${phoneNumber}` });
    const event = { messageId: `kafka-${name}`, phoneNumber, text: { body }, metadata: { it: metadata } };
    for (const value of [
      event,
      { ...event, phoneNumber: `${phoneNumber}0000` },
      { ...event, metadata },
      [event],
    ]) {
      await ask('/dev/bus/whatsapp.conversational.send.v1', { body: value });
    }
    await ask('/metrics');
    await ask(`/nowhere/${encodeURIComponent(name)}`);
  }

  async function callback(content: object): Promise<void> {
    for (const token of [callbackToken, `${callbackToken}-not-quite`]) {
      await ask('/callbacks/insider/default', {
        headers: { authorization: `Bearer ${token}` },
        body: content,
      });
    }
  }

  /** Numbers, ids, accounts, methods and routes, all of them different, by every door. */
  async function strangers(from: number, to: number): Promise<void> {
    await eachOf(
      Array.from({ length: to - from }, (_, nth) => from + nth),
      async (nth) => {
        const text = {
          messageId: `stranger-${nth}`,
          phoneNumber: `+1415${2_000_000 + nth}`,
          text: { body: 'x' },
        };
        await call('SendConversational', { messages: [text] });
        await call('SendConversational', { account: `stranger-${nth}`, messages: [text] });
        await call('SendConversational', {}, callerToken, `/stranger/${nth}`);
        if (nth % 10 === 0) await ask(`/callbacks/insider/stranger-${nth}`, { body: {} });
        if (nth % 10 === 1) await ask(`/stranger/${nth}`, { body: {} });
      },
      16,
    );
  }

  async function call(
    method: string,
    request: object,
    token: string = callerToken,
    path = `/${CONVERSATIONAL_SERVICE}/${method}`,
  ): Promise<void> {
    const bytes = encodeRequest(method, request);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(bytes.length, 1);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await grpc.call({ path, headers, pieces: [prefix, bytes], isCall: true });
    told.push(answer.told);
  }

  async function ask(
    path: string,
    post?: { readonly headers?: Record<string, string>; readonly body: unknown },
  ): Promise<string> {
    const answer = await fetch(`${gateway.httpUrl}${path}`, {
      ...(post && {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...post.headers },
        body: JSON.stringify(post.body),
      }),
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const text = `${JSON.stringify([...answer.headers])} ${await answer.text()}`;
    told.push(text);
    return text;
  }

  /** Names with labels, without values. */
  async function series(): Promise<readonly string[]> {
    const text = await ask('/metrics');
    return text
      .split('\n')
      .flatMap((line) => (line.startsWith('parley_') ? [line.replace(/ \S+$/, '')] : []));
  }
});
