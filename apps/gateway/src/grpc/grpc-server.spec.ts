import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Calls, failureOf } from './calls-under-test.ts';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;
let calls: Calls;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({ provider });
  calls = new Calls(gateway.grpcUrl);
});

afterEach(async () => {
  calls.close();
  await provider.close();
  await gateway.stop();
});

function health(service: string): Promise<string> {
  return new Promise((resolve, reject) => {
    calls.health.check({ service }, (error, answer) => (error ? reject(error) : resolve(answer.status)));
  });
}

describe('GrpcServer', () => {
  it.each(['', CONVERSATIONAL_SERVICE])('says that "%s" is serving', async (service) => {
    expect(await health(service)).toBe('SERVING');
  });

  it('knows of no other service', async () => {
    expect(await failureOf(health('elsewhere'))).toMatchObject({ code: status.NOT_FOUND });
  });

  it('lists its services to those who ask by reflection', async () => {
    const names = await calls.reflectedServices();
    expect(names).toContain(CONVERSATIONAL_SERVICE);
  });

  it.each(['SendConversational', 'GetMessage', 'WatchMessages'])(
    'refuses bytes that are no request of %s as INVALID_ARGUMENT, and says so in the details',
    async (method) => {
      const bytes = Buffer.from([0x0f]);
      const { promise, reject } = Promise.withResolvers<never>();
      calls.conversational
        .makeServerStreamRequest(`/${CONVERSATIONAL_SERVICE}/${method}`, () => bytes, String, {})
        .on('error', reject)
        .resume();
      expect(await failureOf(promise)).toMatchObject({
        code: status.INVALID_ARGUMENT,
        message: 'request cannot be decoded as what the method takes, or holds too much',
        badRequest: { fieldViolations: [{ field: 'request', reason: 'REQUEST_INVALID' }] },
      });
    },
  );

  it('writes nothing about headers that the library cannot read', async () => {
    const written = jest.spyOn(console, 'error').mockReturnValue(undefined);
    const path = gateway.grpcUrl.replace('unix:', '');
    const session = connect('http://gateway', { createConnection: () => createConnection(path) });
    const call = session.request({
      ':method': 'POST',
      ':path': `/${CONVERSATIONAL_SERVICE}/GetMessage`,
      'content-type': 'application/grpc',
      authorization: 'Bearer tökén',
    });
    call.end(Buffer.alloc(5));
    const [headers] = (await once(call, 'response')) as [Record<string, string>];
    session.destroy();
    expect(headers['grpc-status']).toBe(String(status.INVALID_ARGUMENT));
    expect(written.mock.calls).toEqual([]);
    written.mockRestore();
  });

  it('tells health watchers that it leaves, and does not let their open streams keep it', async () => {
    const seen: string[] = [];
    const ended = Promise.withResolvers<ServiceError>();
    calls.health
      .watch({ service: '' })
      .on('data', (news: { status: string }) => seen.push(news.status))
      .on('error', (error: ServiceError) => ended.resolve(error));
    await until('the first news', () => seen.length === 1);
    await gateway.stop();
    await ended.promise;
    expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
  });

  it('answers the call in flight before it closes', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    provider.follow(async (request) => {
      await released;
      return provider.accept(request);
    });
    const call = calls.send([{ phoneNumber: '+15550001234', text: { body: 'Hello' } }]);
    await until('the request', () => provider.requests.length === 1);
    const stopped = gateway.stop();
    release();
    expect(await call).toMatchObject([{ outcome: 'SEND_OUTCOME_ACCEPTED' }]);
    await stopped;
    expect(gateway.bus.on(gateway.topics.result)).toHaveLength(1);
  });
});
