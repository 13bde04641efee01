import { describe, expect, it } from '@jest/globals';
import { InsiderClient } from '@parley/insider';
import { closing } from './callbacks/receiver-under-test.ts';
import { KEY, message, SandboxUnderTest, USER } from './sandbox-under-test.ts';

describe('POST /v1/conversational/send', () => {
  it('answers one key per message, in order', async () => {
    const sandbox = await SandboxUnderTest.start();
    const answer = await sandbox.send({ messages: [message('one'), message('two', '+15550009999')] });
    expect(answer).toMatchObject({
      status: 200,
      json: { keys: [expect.stringMatching(/^whatsapp-[0-9a-f-]{36}$/), expect.any(String)] },
    });
    const { keys } = answer.json as { keys: readonly string[] };
    const { messages } = await sandbox.received();
    expect(messages.map(({ key, body }) => [key, body])).toEqual([
      [keys[0], 'one'],
      [keys[1], 'two'],
    ]);
  });

  it('is what the gateway’s own client takes', async () => {
    const sandbox = await SandboxUnderTest.start();
    const client = new InsiderClient({
      baseUrl: sandbox.url,
      authKey: KEY,
      userAgent: 'test',
      timeoutMs: 2_000,
    });
    closing.push(() => client.close());
    const text = { phoneNumber: USER, message: { type: 'text', text: { body: 'hello' } } } as const;
    expect(await client.send([text, text])).toEqual({
      kind: 'accepted',
      keys: [expect.any(String), expect.any(String)],
    });
    const empty = { phoneNumber: USER, message: { type: 'text', text: { body: '' } } } as const;
    expect(await client.send([empty])).toMatchObject({ kind: 'message-refused', providerCode: '2002' });
  });

  it.each(['', 'INS.other'])('answers a wrong key %p with 401 and executes nothing', async (key) => {
    const sandbox = await SandboxUnderTest.start();
    expect(await sandbox.send(undefined, { 'x-ins-auth-key': key })).toMatchObject({
      status: 401,
      json: { message: 'unauthorized' },
    });
    expect(await sandbox.received()).toMatchObject({ total: 0 });
  });

  it.each(['', 'Java/1.8.0_391', 'Java-http-client/21.0.1'])(
    'blocks the agent %p at its edge',
    async (agent) => {
      const sandbox = await SandboxUnderTest.start();
      const answer = await sandbox.send(undefined, { 'user-agent': agent });
      expect(answer).toMatchObject({ status: 403, type: 'text/html; charset=utf-8' });
      expect(answer.text).toContain('<html');
      expect(await sandbox.received()).toMatchObject({ total: 0 });
    },
  );

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)('does not take %s', async (method) => {
    const sandbox = await SandboxUnderTest.start();
    const answer = await sandbox.call('/v1/conversational/send', {
      method,
      headers: { 'x-ins-auth-key': KEY },
    });
    expect(answer).toMatchObject({ status: 405, json: { message: 'method not allowed' } });
  });

  it('answers requests over the limit with 429 and executes nothing of them', async () => {
    const sandbox = await SandboxUnderTest.start({ rateLimitPerSecond: 2 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => sandbox.send()));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.json).toEqual({
      message: 'Too Many Requests',
      status: 429,
    });
    expect(await sandbox.received()).toMatchObject({ total: 2 });
  });

  it('refuses the whole request for one wrong message, naming field and rule', async () => {
    const sandbox = await SandboxUnderTest.start();
    const answer = await sandbox.send({ messages: [message(), message('x'.repeat(4097))] });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        error: { code: 2002 },
        errorCode: '2002',
        errors: expect.stringContaining("'messages[1].message.text.body'"),
      },
    });
    expect(await sandbox.received()).toMatchObject({ total: 0 });
  });

  it.each([
    ['', 'application/json'],
    ['{"messages":', 'application/json'],
    ['{"messages":', 'text/plain'],
    ['hello', 'application/x-www-form-urlencoded'],
    ['[['.repeat(10_000), 'application/json'],
  ])('answers a body that is no JSON in the provider’s shape (%#)', async (body, type) => {
    const sandbox = await SandboxUnderTest.start();
    expect(await sandbox.send(body, { 'content-type': type })).toMatchObject({
      status: 400,
      json: { message: 'Failed to validate request.', error: { code: '2001' } },
    });
  });

  it('answers what no controller answers in the plainest shape', async () => {
    const sandbox = await SandboxUnderTest.start();
    expect(await sandbox.send(' '.repeat(17 * 1024 * 1024))).toMatchObject({
      status: 413,
      json: { message: expect.any(String) },
    });
    expect(await sandbox.call('/v1/nowhere')).toMatchObject({
      status: 404,
      json: { message: expect.any(String) },
    });
  });
});
