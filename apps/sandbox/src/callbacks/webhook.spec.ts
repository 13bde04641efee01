import { beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { Configuration } from '../configuration/configuration.ts';
import { Changes } from '../live/changes.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { Settings } from '../settings/settings.ts';
import { StateFile } from '../state/state-file.ts';
import { CallbackPost } from './callback-post.ts';
import { ManualClock } from './callbacks-under-test.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import { Connections } from './connections.ts';
import { planReply } from './plan-course.ts';
import { closing, serve } from './receiver-under-test.ts';
import type { Receiver } from './receiver-under-test.ts';
import { Webhook } from './webhook.ts';

const CLIENT = { clientId: 'client', clientSecret: 'se:cret', scopes: ['webhook.write', 'other'] };

describe('Webhook', () => {
  let clock: ManualClock;
  let connections: Connections;
  beforeEach(() => {
    clock = new ManualClock();
    connections = new Connections();
    closing.push(() => connections.onApplicationShutdown());
  });

  function webhookOf(
    configuration: Partial<Configuration> = {},
    { settings, dataFolder }: { settings?: Partial<Settings>; dataFolder?: string } = {},
  ): Webhook {
    const state = new StateFile(dataFolder);
    closing.push(() => {
      state.onApplicationShutdown();
      return Promise.resolve();
    });
    const current = new CurrentSettings(Object.assign(new Settings(), settings), new Changes());
    return new Webhook(Object.assign(new Configuration(), configuration), current, connections, clock, state);
  }

  /** Makes one attempt at a callback, as it really is made. */
  async function attempt(webhook: Webhook): Promise<{ readonly status?: number; readonly error?: string }> {
    const settings = new CurrentSettings(new Settings(), new Changes());
    const delivery = new CallbackDelivery(webhook, new CallbackPost(connections), settings, clock);
    const inbound = { wamid: 'wamid.1', phoneNumber: '+15550001234', text: 'hi', time: new Date(0) };
    const target = { target: 'webhook', url: webhook.url ?? '' } as const;
    const course = planReply(inbound, { target, nowMs: 0, settings: new Settings() });
    const [callback] = course.callbacks;
    if (callback === undefined) throw new Error('no callback');
    return delivery.attempt(course, callback);
  }

  /** Takes posts with the token it is told to take, and refuses all others. */
  async function receiverOf(taken: () => string): Promise<Receiver> {
    return serve((request, response) => {
      const isTaken = request.headers.authorization === `Bearer ${taken()}`;
      void response.writeHead(isTaken ? 200 : 401).end();
    });
  }

  /** Hands out token-1, token-2, … */
  async function tokenEndpoint(expiresIn?: number): Promise<Receiver & { issued(): string }> {
    let count = 0;
    const server = await serve((_request, response) => {
      count += 1;
      const token = { access_token: `token-${count}`, token_type: 'Bearer' };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(expiresIn === undefined ? token : { ...token, expires_in: expiresIn }));
    });
    return Object.assign(server, { issued: () => `token-${count}` });
  }

  describe('with a bearer token', () => {
    it('shows it in authorization', async () => {
      const receiver = await receiverOf(() => 'secret');
      const webhook = webhookOf({ callbackUrl: receiver.url, callbackToken: 'secret' });
      expect(await attempt(webhook)).toMatchObject({ status: 200 });
    });

    it('shows it bare in any other header', async () => {
      const receiver = await serve((_request, response) => void response.end());
      const settings = { callbackTokenHeader: 'x-ins-token' };
      const webhook = webhookOf({ callbackUrl: receiver.url, callbackToken: 'secret' }, { settings });
      await attempt(webhook);
      webhook.set({ url: receiver.url, auth: { type: 'bearer', token: 'other', header: 'X-Other' } });
      await attempt(webhook);
      expect(receiver.requests.map(({ headers }) => headers)).toMatchObject([
        { 'x-ins-token': 'secret' },
        { 'x-other': 'other' },
      ]);
      expect(receiver.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    });
  });

  describe('with OAuth 2.0 client credentials', () => {
    function oauth2(receiver: Receiver, tokens: Receiver): Webhook {
      const webhook = webhookOf();
      webhook.set({
        url: receiver.url,
        auth: { type: 'oauth2', tokenUrl: `${tokens.url}/token`, ...CLIENT },
      });
      return webhook;
    }

    it('gets a token once for many callbacks, with client, secret and scopes', async () => {
      const tokens = await tokenEndpoint(3_600);
      const receiver = await receiverOf(() => 'token-1');
      const webhook = oauth2(receiver, tokens);
      const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(webhook)));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(tokens.requests).toMatchObject([
        {
          method: 'POST',
          path: '/token',
          headers: {
            authorization: `Basic ${Buffer.from('client:se%3Acret').toString('base64')}`,
            'content-type': expect.stringContaining('application/x-www-form-urlencoded'),
          },
          body: 'scope=webhook.write+other&grant_type=client_credentials',
        },
      ]);
    });

    it.each([
      [3_600, 3_570],
      [40, 20],
      [undefined, 3_570],
    ])('gets a new one shortly before it expires in %p s', async (expiresIn, freshForSeconds) => {
      const tokens = await tokenEndpoint(expiresIn);
      const webhook = oauth2(await receiverOf(() => tokens.issued()), tokens);
      await attempt(webhook);
      clock.ms = freshForSeconds * 1_000 - 1;
      await attempt(webhook);
      expect(tokens.requests).toHaveLength(1);
      clock.ms += 1;
      expect(await attempt(webhook)).toMatchObject({ status: 200 });
      expect(tokens.requests).toHaveLength(2);
    });

    it('gets a new one for the next attempt when the receiver answers 401, once for all that saw it', async () => {
      const tokens = await tokenEndpoint(3_600);
      let taken = 'token-1';
      const webhook = oauth2(await receiverOf(() => taken), tokens);
      expect(await attempt(webhook)).toMatchObject({ status: 200 });
      taken = 'token-2';
      const refused = await Promise.all([attempt(webhook), attempt(webhook)]);
      expect(refused).toMatchObject([{ status: 401 }, { status: 401 }]);
      const again = await Promise.all([attempt(webhook), attempt(webhook)]);
      expect(again).toMatchObject([{ status: 200 }, { status: 200 }]);
      expect(tokens.requests).toHaveLength(2);
    });

    it.each<[number, string]>([
      [401, '{"error":"invalid_client"}'],
      [500, 'oops'],
      [200, '{}'],
      [200, 'no JSON'],
      [302, ''],
    ])(
      'fails an attempt whose token is refused with %d %s, and asks again for the next',
      async (status, body) => {
        const tokens = await serve((_request, response) => {
          response
            .writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' })
            .end(body);
        });
        const receiver = await receiverOf(() => 'any');
        const webhook = oauth2(receiver, tokens);
        for (let attempts = 1; attempts <= 2; attempts += 1) {
          expect(await attempt(webhook)).toMatchObject({ error: 'OAUTH2_TOKEN_REFUSED' });
          expect(tokens.requests).toHaveLength(attempts);
        }
        expect(receiver.requests).toEqual([]);
      },
    );

    it('fails an attempt whose token nobody answers for', async () => {
      const tokens = await serve((request) => request.socket.destroy());
      expect(await attempt(oauth2(await receiverOf(() => 'any'), tokens))).toMatchObject({
        error: 'OAUTH2_TOKEN_UNREACHABLE',
      });
    });

    it('takes it from the environment', async () => {
      const tokens = await tokenEndpoint();
      const receiver = await receiverOf(() => 'token-1');
      const webhook = webhookOf({
        callbackUrl: receiver.url,
        callbackOauth2TokenUrl: tokens.url,
        callbackOauth2ClientId: 'client',
        callbackOauth2ClientSecret: 'secret',
        callbackOauth2Scope: 'a  b',
      });
      expect(await attempt(webhook)).toMatchObject({ status: 200 });
      expect(tokens.requests).toMatchObject([{ body: 'scope=a+b&grant_type=client_credentials' }]);
    });
  });

  it('is shown without any secret', () => {
    const bearer = webhookOf({ callbackUrl: 'http://a.example', callbackToken: 'secret' });
    expect(bearer.get()).toEqual({
      url: 'http://a.example',
      auth: { type: 'bearer', header: 'authorization', tokenConfigured: true },
    });
    bearer.set({
      url: 'http://b.example',
      auth: { type: 'oauth2', tokenUrl: 'http://t.example', ...CLIENT },
    });
    expect(bearer.get()).toEqual({
      url: 'http://b.example',
      auth: {
        type: 'oauth2',
        tokenUrl: 'http://t.example',
        clientId: 'client',
        clientSecretConfigured: true,
        scopes: CLIENT.scopes,
      },
    });
    expect(webhookOf().get()).toBeUndefined();
    expect(webhookOf({ callbackUrl: 'http://a.example' }).get()).toMatchObject({ auth: { type: 'none' } });
  });

  it('has no credentials when the environment names none', async () => {
    const receiver = await serve((_request, response) => void response.end());
    expect(await attempt(webhookOf({ callbackUrl: receiver.url }))).toMatchObject({ status: 200 });
    expect(receiver.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('can be missing, which fails an attempt left from before', async () => {
    expect(await attempt(webhookOf())).toMatchObject({ error: 'NO_WEBHOOK' });
  });

  it('is what the environment named again after a reset', () => {
    const webhook = webhookOf({ callbackUrl: 'http://a.example' });
    webhook.set({ url: 'http://b.example' });
    expect(webhook.url).toBe('http://b.example');
    webhook.reset();
    expect(webhook.url).toBe('http://a.example');
  });

  it('is kept over a restart when it was set, unless the environment names one', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'sandbox-webhook-'));
    closing.push(() => rm(dataFolder, { recursive: true }));
    const restarted = async (configuration: Partial<Configuration> = {}): Promise<Webhook> => {
      await closing.pop()?.();
      return webhookOf(configuration, { dataFolder });
    };

    webhookOf({}, { dataFolder }).set({ url: 'http://b.example' });
    expect((await restarted()).url).toBe('http://b.example');
    const named = await restarted({ callbackUrl: 'http://a.example' });
    expect(named.url).toBe('http://a.example');
    named.reset();
    expect((await restarted()).url).toBeUndefined();
  });
});
