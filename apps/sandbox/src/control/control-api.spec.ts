import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { Configuration } from '../configuration/configuration.ts';
import { createSandbox } from '../sandbox.ts';
import { Settings } from '../settings/settings.ts';

const KEY = 'INS.test';
const USER = '+15550001234';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

describe('the control API', () => {
  let sandbox: NestFastifyApplication;
  beforeEach(async () => {
    const settings = Object.assign(new Settings(), { enforceWindow: false, rateLimitPerSecond: 0 });
    sandbox = await createSandbox(Object.assign(new Configuration(), { authKey: KEY }), settings);
    await sandbox.init();
    await sandbox.getHttpAdapter().getInstance().ready();
  });
  afterEach(() => sandbox.close());

  async function call(
    method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT',
    url: string,
    body?: object,
    headers: Record<string, string> = JSON_TYPE,
  ): Promise<Answer> {
    const {
      statusCode,
      body: text,
      headers: headersOf,
    } = await sandbox.inject({
      method,
      url,
      headers: { 'user-agent': 'test', ...headers },
      ...(body && { payload: JSON.stringify(body) }),
    });
    return {
      status: statusCode,
      text,
      json: String(headersOf['content-type']).startsWith('application/json') ? JSON.parse(text) : undefined,
    };
  }

  async function send(text: string, phoneNumber = USER): Promise<string> {
    const message = { phoneNumber, message: { type: 'text', text: { body: text } } };
    const headers = { ...JSON_TYPE, 'x-ins-auth-key': KEY };
    const { json } = await call('POST', '/v1/conversational/send', { messages: [message] }, headers);
    return (json as { keys: [string] }).keys[0];
  }

  it('shows what was written in both directions, page by page', async () => {
    await send('one');
    await call('POST', '/sandbox/inbound', { phoneNumber: USER, text: 'two' });
    await send('three');
    await send('elsewhere', '+15550009999');

    expect((await call('GET', '/sandbox/conversations')).json).toMatchObject({
      total: 2,
      conversations: [
        { phoneNumber: '+15550009999', messages: 1, lastText: 'elsewhere', lastDirection: 'outbound' },
        { phoneNumber: USER, messages: 3, lastText: 'three', windowClosesTime: expect.any(String) },
      ],
    });
    const newest = await call('GET', `/sandbox/conversations/${USER}?limit=2`);
    expect(newest.json).toMatchObject({
      entries: [{ inbound: { text: 'two' } }, { outbound: { body: 'three' } }],
    });
    const { before } = newest.json as { before: string };
    const older = await call('GET', `/sandbox/conversations/${USER}?limit=2&before=${before}`);
    expect(older.json).toMatchObject({ entries: [{ outbound: { body: 'one' } }] });
    expect(older.json).not.toHaveProperty('before');
  });

  it('finds conversations by number and by text', async () => {
    await send('good morning');
    await send('bye', '+15550009999');
    const found = async (search: string): Promise<unknown> =>
      (await call('GET', `/sandbox/conversations?search=${search}`)).json;
    expect(await found('morning')).toMatchObject({ total: 1, conversations: [{ phoneNumber: USER }] });
    expect(await found('9999')).toMatchObject({ total: 1, conversations: [{ phoneNumber: '+15550009999' }] });
  });

  it('cuts the last text short without cutting a character in two', async () => {
    await send('😀'.repeat(500));
    const { conversations } = (await call('GET', '/sandbox/conversations')).json as {
      conversations: [{ lastText: string }];
    };
    expect(conversations[0].lastText).toBe('😀'.repeat(60));
  });

  it('changes settings at once, and back with a reset', async () => {
    expect(
      await call('PATCH', '/sandbox/settings', { rateLimitPerSecond: 7, statusShape: 'envelope' }),
    ).toMatchObject({
      status: 200,
      json: { rateLimitPerSecond: 7, statusShape: 'envelope', enforceWindow: false },
    });
    expect((await call('POST', '/sandbox/reset')).status).toBe(204);
    expect((await call('GET', '/sandbox/settings')).json).toMatchObject({
      rateLimitPerSecond: 0,
      statusShape: 'value',
    });
  });

  it('names every setting that is wrong, and changes none', async () => {
    const before = (await call('GET', '/sandbox/settings')).json;
    const body = { timeScale: 0, statusShape: 'other', unknown: 1, rateLimitPerSecond: 7 };
    expect(await call('PATCH', '/sandbox/settings', body)).toMatchObject({
      status: 400,
      json: {
        message: [
          'unknown is not a setting',
          'timeScale must be 1 or more',
          'statusShape must be value, envelope or statuses',
        ],
      },
    });
    expect((await call('GET', '/sandbox/settings')).json).toEqual(before);
  });

  it('describes every setting with its variable, its choices and its default', async () => {
    const { json } = await call('GET', '/sandbox/settings/descriptions');
    const descriptions = json as { name: string; description: string }[];
    expect(descriptions.map(({ name }) => name)).toEqual(Object.keys(new Settings()));
    expect(descriptions.filter(({ description }) => description === '')).toEqual([]);
    expect(descriptions).toContainEqual({
      name: 'failureShape',
      variable: 'SANDBOX_FAILURE_SHAPE',
      description: expect.any(String),
      kind: 'choice',
      choices: ['error', 'failed', 'both'],
      default: 'error',
    });
  });

  it.each([
    ['POST', '/sandbox/inbound'],
    ['POST', '/sandbox/reset'],
    ['PATCH', '/sandbox/settings'],
  ] as const)('takes JSON alone at %s %s, which no foreign page can send unasked', async (method, url) => {
    const body = { phoneNumber: USER, text: 'hi' };
    expect(await call(method, url, body, { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      json: { message: 'send the header content-type: application/json' },
    });
    expect((await call('GET', '/sandbox/conversations')).json).toMatchObject({ total: 0 });
  });

  it.each([
    '/sandbox/conversations?limit=1001',
    '/sandbox/conversations?order=1',
    `/sandbox/conversations/${USER}?before=x`,
    '/sandbox/requests?refused=maybe',
    '/sandbox/messages/wait?timeoutMs=60001',
  ])('refuses %s', async (url) => {
    expect(await call('GET', url)).toMatchObject({ status: 400, json: { message: expect.any(Array) } });
  });

  it.each([
    '/sandbox/conversations/%2B15550000000',
    '/sandbox/messages/whatsapp-unknown',
    '/sandbox/requests/unknown',
  ])('says that nothing is kept at %s', async (url) => {
    expect(await call('GET', url)).toMatchObject({
      status: 404,
      json: { message: expect.stringContaining('kept') },
    });
  });

  it('changes the webhook at once, shows no secret of it, and goes back', async () => {
    expect((await call('GET', '/sandbox/webhook')).json).toEqual({ auth: { type: 'none' } });
    const url = 'https://receiver.example/hook';
    const bearer = { url, auth: { type: 'bearer', token: 'canary', header: 'x-token' } };
    const answer = await call('PUT', '/sandbox/webhook', bearer);
    expect(answer).toMatchObject({
      status: 200,
      json: { url, auth: { type: 'bearer', header: 'x-token', tokenConfigured: true } },
    });
    const tokenUrl = 'https://receiver.example/token';
    const oauth2 = { type: 'oauth2', tokenUrl, clientId: 'id', clientSecret: 'canary', scopes: ['write'] };
    const changed = await call('PUT', '/sandbox/webhook', { url, auth: oauth2 });
    expect(changed.json).toEqual({
      url,
      auth: { type: 'oauth2', tokenUrl, clientId: 'id', clientSecretConfigured: true, scopes: ['write'] },
    });
    expect(answer.text + changed.text).not.toContain('canary');
    expect((await call('DELETE', '/sandbox/webhook')).status).toBe(204);
    expect((await call('GET', '/sandbox/webhook')).json).toEqual({ auth: { type: 'none' } });
  });

  it.each([
    [
      { url: 'ftp://receiver.example', auth: { type: 'bearer', token: 't' } },
      'url must be an HTTP or HTTPS URL',
    ],
    [{ url: 'https://receiver.example' }, expect.stringContaining('auth is required')],
    [
      { url: 'https://receiver.example', auth: { type: 'bearer' } },
      'auth.token must be visible characters without spaces',
    ],
    [
      { url: 'https://receiver.example', auth: { type: 'oauth2', clientId: 'i', clientSecret: 's' } },
      'auth.tokenUrl must be an HTTP or HTTPS URL',
    ],
  ])('refuses the webhook %j', async (body, problem) => {
    expect(await call('PUT', '/sandbox/webhook', body)).toMatchObject({
      status: 400,
      json: { message: [problem] },
    });
  });

  it('exports everything, an object a line', async () => {
    const key = await send('one');
    await call('POST', '/sandbox/inbound', { phoneNumber: USER, text: 'two' });
    const { text } = await call('GET', '/sandbox/export');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(lines.filter(({ kind }) => kind === 'outbound' || kind === 'inbound')).toMatchObject([
      { kind: 'outbound', key, body: 'one' },
      { kind: 'inbound', text: 'two' },
    ]);
  });

  it('documents every route of its own in OpenAPI', async () => {
    const { json } = await call('GET', '/sandbox/openapi.json');
    const { paths } = json as { paths: Record<string, Record<string, { summary?: string }>> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/sandbox/messages/wait',
        '/sandbox/conversations/{phoneNumber}',
        '/sandbox/live',
      ]),
    );
    const undocumented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { summary }]) => !summary)
        .map(([method]) => `${method} ${path}`),
    );
    expect(undocumented).toEqual([]);
  });
});
