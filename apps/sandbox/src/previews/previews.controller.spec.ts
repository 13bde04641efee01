import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { Configuration } from '../configuration/configuration.ts';
import { createSandbox } from '../sandbox.ts';
import { ADVICE } from './preview.ts';

describe('GET /sandbox/previews', () => {
  let sandbox: NestFastifyApplication;
  beforeEach(async () => {
    sandbox = await createSandbox(
      Object.assign(new Configuration(), { authKey: 'INS.test', previews: 'fixtures' }),
    );
    await sandbox.init();
    await sandbox.getHttpAdapter().getInstance().ready();
  });
  afterEach(() => sandbox.close());

  const get = (path: string): ReturnType<NestFastifyApplication['inject']> =>
    sandbox.inject({ method: 'GET', url: path, headers: { 'user-agent': 'test' } });

  it('answers a card whose image this server has', async () => {
    const { statusCode, body } = await get(
      '/sandbox/previews?url=https%3A%2F%2Fexample.com%2Fsale%3Fa%3D1%26b%3D2',
    );
    const card = JSON.parse(body) as { image: string };
    expect({ statusCode, card }).toMatchObject({
      statusCode: 200,
      card: { kind: 'card', url: 'https://example.com/sale?a=1&b=2', host: 'example.com', title: 'Sale' },
    });
    const image = await get(card.image);
    expect(image).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'image/png',
        'content-length': `${image.rawPayload.length}`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'private, max-age=600',
      },
    });
    expect(image.rawPayload.toString('latin1', 1, 4)).toBe('PNG');
  });

  it('says why there is none, and what to do', async () => {
    const { statusCode, body } = await get('/sandbox/previews?url=https%3A%2F%2Fparley.dev%2F');
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual({ kind: 'none', reason: 'FIXTURES_ONLY', advice: ADVICE.FIXTURES_ONLY });
  });

  it('answers 404 in JSON for what is no image to show', async () => {
    const { statusCode, headers, body } = await get(
      '/sandbox/previews/image?url=https%3A%2F%2Fparley.dev%2F',
    );
    expect({ statusCode, headers }).toMatchObject({
      statusCode: 404,
      headers: {
        'content-type': expect.stringMatching('^application/json'),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    });
    expect(JSON.parse(body)).toEqual({ message: expect.stringContaining('FIXTURES_ONLY') });
  });

  it.each([
    '/sandbox/previews',
    '/sandbox/previews?url=a&url=b',
    '/sandbox/previews/image',
    '/sandbox/previews?url[a]=b',
  ])('refuses %s', async (path) => expect((await get(path)).statusCode).toBe(400));

  it('is in the OpenAPI document, both answers with it', async () => {
    const { paths, components } = JSON.parse((await get('/sandbox/openapi.json')).body) as {
      paths: object;
      components: { schemas: object };
    };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/sandbox/previews', '/sandbox/previews/image']),
    );
    expect(components.schemas).toMatchObject({
      NoPreviewAnswer: { properties: { reason: { enum: Object.keys(ADVICE) } } },
      CardAnswer: { required: ['kind', 'url', 'host', 'title'] },
    });
  });
});
