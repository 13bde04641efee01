import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closing } from './callbacks/receiver-under-test.ts';
import { WebhookUnderTest } from './callbacks/webhook-under-test.ts';
import { SandboxUnderTest, USER } from './sandbox-under-test.ts';

describe('callbacks', () => {
  it('tell accepted, sent, delivered and read in order, with the token', async () => {
    const webhook = await WebhookUnderTest.start();
    const sandbox = await SandboxUnderTest.start({ callbackUrl: webhook.url, callbackToken: 'token' });
    const { json } = await sandbox.send();
    await webhook.received(4);
    expect(webhook.told).toEqual(['accepted', 'sent', 'delivered', 'read']);
    expect([...webhook.authorizations]).toEqual(['Bearer token']);

    const [key] = (json as { keys: readonly string[] }).keys;
    expect(webhook.bodies.map((body) => (body as { key: string }).key)).toEqual([key, key, key, key]);
    expect((await sandbox.received()).messages).toMatchObject([
      { statuses: [{ status: 'accepted' }, { status: 'sent' }, { status: 'delivered' }, { status: 'read' }] },
    ]);
  });

  it('are retried until a 2xx, each attempt kept with its answer', async () => {
    const webhook = await WebhookUnderTest.start([500, 302, 204]);
    const sandbox = await SandboxUnderTest.start({
      callbackUrl: webhook.url,
      callbackToken: 'token',
      timeScale: 1_000_000,
      enforceWindow: true,
    });
    await sandbox.send();
    await webhook.received(3);
    expect(webhook.told).toEqual(['failed', 'failed', 'failed']);

    await until(async () => {
      const { attempts } = (await sandbox.call('/sandbox/callbacks')).json as { attempts: readonly object[] };
      return attempts.length === 3 ? attempts : undefined;
    }).then((attempts) =>
      expect(attempts).toMatchObject([
        { event: 'error', attempt: 1, status: 500 },
        { event: 'error', attempt: 2, status: 302 },
        { event: 'error', attempt: 3, status: 204 },
      ]),
    );
  });

  it('tell error 131047 alone while the recipient’s window is closed, and all else once the user wrote', async () => {
    const webhook = await WebhookUnderTest.start();
    const sandbox = await SandboxUnderTest.start({
      callbackUrl: webhook.url,
      callbackToken: 'token',
      enforceWindow: true,
    });
    expect(await sandbox.send()).toMatchObject({ status: 200 });
    await webhook.received(1);
    expect(webhook.bodies).toMatchObject([{ error: { code: 131047 } }]);

    const inbound = { phoneNumber: USER, text: 'hi' };
    expect(await sandbox.call('/sandbox/inbound', { method: 'POST', body: inbound })).toMatchObject({
      status: 202,
    });
    await webhook.received(2);
    await sandbox.send();
    await webhook.received(6);
    expect(webhook.told).toEqual(['failed', 'inbound', 'accepted', 'sent', 'delivered', 'read']);
  });

  it('go on after a restart, where they were', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    closing.push(() => rm(dataFolder, { recursive: true }));
    const webhook = await WebhookUnderTest.start([500, 200]);
    const options = {
      callbackUrl: webhook.url,
      callbackToken: 'token',
      enforceWindow: true,
      timeScale: 600,
      dataFolder,
    };
    const first = await SandboxUnderTest.start(options);
    await first.send();
    await webhook.received(1);
    await first.close();

    const second = await SandboxUnderTest.start(options);
    await webhook.received(2);
    expect(webhook.bodies[1]).toEqual(webhook.bodies[0]);
    const callbacks = await until(async () => {
      const { json } = await second.call('/sandbox/callbacks');
      const [callback] = (json as { callbacks: readonly { state: string }[] }).callbacks;
      return callback?.state === 'delivered' ? callback : undefined;
    });
    expect(callbacks).toMatchObject({ event: 'error', url: webhook.url });
  });

  it('stop at a reset', async () => {
    const webhook = await WebhookUnderTest.start();
    const sandbox = await SandboxUnderTest.start({ callbackUrl: webhook.url, callbackToken: 'token' });
    await sandbox.send();
    await webhook.received(1);
    expect(await sandbox.call('/sandbox/reset', { method: 'POST' })).toMatchObject({ status: 204 });
    await until(async () => {
      const { json } = await sandbox.call('/sandbox/health');
      return (json as { callbacks: { waiting: number } }).callbacks.waiting === 0 ? true : undefined;
    });
    expect(webhook.told).toEqual(['accepted']);
    expect(await sandbox.received()).toEqual({ total: 0, messages: [] });
  });
});

/** Asks again until there is an answer, for five seconds at most. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const endMs = performance.now() + 5_000; performance.now() < endMs;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('not within five seconds');
}
