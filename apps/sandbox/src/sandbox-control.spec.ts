import { describe, expect, it } from '@jest/globals';
import { WebhookUnderTest } from './callbacks/webhook-under-test.ts';
import { message, SandboxUnderTest, USER } from './sandbox-under-test.ts';

describe('/sandbox', () => {
  it('waits for messages to come in', async () => {
    const sandbox = await SandboxUnderTest.start();
    const waiting = sandbox.call('/sandbox/messages/wait?count=2&timeoutMs=5000');
    await sandbox.send({ messages: [message(), message()] });
    expect((await waiting).json).toEqual({ reached: true, total: 2 });
    expect((await sandbox.call('/sandbox/messages/wait?count=3&timeoutMs=1')).json).toEqual({
      reached: false,
      total: 2,
    });
  });

  it('finds messages by recipient, key and text', async () => {
    const sandbox = await SandboxUnderTest.start();
    await sandbox.send({ messages: [message('one'), message('two', '+15550009999')] });
    const { messages } = await sandbox.received(`?recipient=${USER}&text=one&limit=5`);
    expect(messages).toMatchObject([{ body: 'one' }]);
    expect((await sandbox.received(`?key=${String(messages[0]?.['key'])}`)).messages).toHaveLength(1);
  });

  it.each([
    ['/sandbox/messages?limit=0', 'GET', undefined],
    ['/sandbox/messages?sender=1', 'GET', undefined],
    ['/sandbox/messages/wait?count=x', 'GET', undefined],
    ['/sandbox/inbound', 'POST', '{'],
    ['/sandbox/inbound', 'POST', '{"phoneNumber":"15550001234","text":"hi"}'],
    ['/sandbox/inbound', 'POST', '{"phoneNumber":"+15550001234","text":""}'],
    ['/sandbox/inbound', 'POST', '[]'],
    ['/sandbox/inbound', 'POST', 'null'],
  ] as const)('refuses %s %s %s', async (path, method, body) => {
    const sandbox = await SandboxUnderTest.start();
    expect(await sandbox.call(path, { method, body })).toMatchObject({
      status: 400,
      json: { message: expect.anything() },
    });
  });

  it('closes at once, waits and callbacks to come included', async () => {
    const webhook = await WebhookUnderTest.start([500]);
    const sandbox = await SandboxUnderTest.start({ callbackUrl: webhook.url, callbackToken: 'token' });
    await sandbox.send();
    const waiting = sandbox.call('/sandbox/messages/wait?count=9&timeoutMs=60000').catch(() => undefined);
    await webhook.received(1);
    const startedMs = performance.now();
    await sandbox.close();
    await waiting;
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
