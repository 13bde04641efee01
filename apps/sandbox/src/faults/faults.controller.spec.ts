import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { Configuration } from '../configuration/configuration.ts';
import { createSandbox } from '../sandbox.ts';
import { Settings } from '../settings/settings.ts';
import { FAULT_CATALOGUE } from './fault-catalogue.ts';
import { MAX_RULES } from './faults.ts';

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

describe('/sandbox/faults', () => {
  let sandbox: NestFastifyApplication;
  beforeEach(async () => {
    sandbox = await createSandbox(
      Object.assign(new Configuration(), { authKey: 'INS.test' }),
      new Settings(),
    );
    await sandbox.init();
    await sandbox.getHttpAdapter().getInstance().ready();
  });
  afterEach(() => sandbox.close());

  async function call(method: 'GET' | 'POST' | 'DELETE', path = '', body?: object): Promise<Answer> {
    const { statusCode, body: text } = await sandbox.inject({
      method,
      url: `/sandbox/faults${path}`,
      headers: { 'content-type': 'application/json' },
      ...(body && { payload: JSON.stringify(body) }),
    });
    return { status: statusCode, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  it('switches a fault on and off', async () => {
    const rule = {
      fault: 'fails',
      code: 131047,
      recipient: '+15550001234',
      text: 'hello',
      probability: 0.5,
    };
    const { status, json } = await call('POST', '', { ...rule, times: 3 });
    expect([status, json]).toEqual([201, { id: expect.any(String), ...rule, timesLeft: 3 }]);
    expect(await call('GET')).toEqual({ status: 200, json: { rules: [json], catalogue: FAULT_CATALOGUE } });

    const { id } = json as { id: string };
    expect(await call('DELETE', `/${id}`)).toMatchObject({ status: 204 });
    expect(await call('DELETE', `/${id}`)).toMatchObject({ status: 404 });
    expect(await call('GET')).toMatchObject({ json: { rules: [] } });
  });

  it('switches all off, and says so when there are too many', async () => {
    for (let count = 0; count < MAX_RULES; count += 1) await call('POST', '', { fault: 'hang' });
    expect(await call('POST', '', { fault: 'hang' })).toEqual({
      status: 409,
      json: { message: `${MAX_RULES} faults are switched on: switch some off first` },
    });
    expect(await call('DELETE')).toMatchObject({ status: 204 });
    expect(await call('POST', '', { fault: 'hang' })).toMatchObject({ status: 201 });
  });

  it.each([
    {},
    { fault: 'unknown' },
    { fault: 'hang', code: 131047 },
    { fault: 'fails', code: 'x' },
    { fault: 'fails', code: -1 },
    { fault: 'hang', recipient: '15550001234' },
    { fault: 'hang', text: '' },
    { fault: 'hang', probability: 1.1 },
    { fault: 'hang', times: 0 },
    { fault: 'hang', timesLeft: 1 },
  ])('refuses %j and says why', async (body) => {
    expect(await call('POST', '', body)).toMatchObject({ status: 400, json: { message: expect.anything() } });
    expect(await call('GET')).toMatchObject({ json: { rules: [] } });
  });
});
