import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import type { GatewaySetup } from '../gateway-under-test.ts';
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

async function restartedWith(overrides: GatewaySetup['overrides']): Promise<void> {
  calls.close();
  await gateway.stop();
  gateway = await GatewayUnderTest.start({ provider, ...(overrides && { overrides }) });
  calls = new Calls(gateway.grpcUrl);
}

/** A connection on which nothing is said, and nothing read. */
async function connected(url: string): Promise<Socket> {
  const socket = createConnection(url.replace('unix:', ''));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

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

  it('tells health watchers that it leaves, and ends their streams behind that', async () => {
    const seen: string[] = [];
    const ended = Promise.withResolvers<ServiceError>();
    calls.health
      .watch({ service: '' })
      .on('data', (news: { status: string }) => seen.push(news.status))
      .on('error', (error: ServiceError) => ended.resolve(error));
    await until('the first news', () => seen.length === 1);
    await gateway.stop();
    expect(await ended.promise).toMatchObject({ code: status.UNAVAILABLE });
    expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
  });

  it('is kept by no stream and no connection that nobody uses', async () => {
    // Longer than a test may take: nothing is cut off by force.
    await restartedWith({ drainMs: 60_000 });
    const statuses = calls.watch({});
    const health = calls.health.watch({ service: '' });
    const reflection = calls.reflection();
    for (const stream of [statuses, health, reflection]) stream.on('error', () => undefined);
    reflection.write({ listServices: '' });
    await Promise.all([once(statuses, 'metadata'), once(health, 'data'), once(reflection, 'data')]);
    const unused = await connected(gateway.grpcUrl);
    unused.resume();
    await gateway.stop();
    unused.destroy();
  });

  it('is not kept for long by a client that is frozen', async () => {
    const frozen = await connected(gateway.grpcUrl);
    await gateway.stop();
    frozen.destroy();
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
