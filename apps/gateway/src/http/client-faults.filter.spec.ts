import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedEndpoint } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({ provider, variables: { CALLBACK_TOKENS: 'token' } });
});

afterEach(async () => {
  await provider.close();
  await gateway.stop();
});

describe('ClientFaultsFilter', () => {
  it.each(['/v1/conversational/send', '/callbacks/insider/default'])(
    'lets no client fill the log with bodies that break off: %s',
    async (path) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      const head = [
        `POST ${path} HTTP/1.1`,
        'host: x',
        'authorization: Bearer token',
        'content-length: 9',
        '',
        'x',
      ];
      const begun = once(gateway.app.getHttpServer(), 'request') as Promise<[IncomingMessage]>;
      socket.write(head.join('\r\n'));
      const [request] = await begun;
      const closed = new Promise((resolve) => request.once('close', resolve));
      socket.destroy();
      await closed;
      await fetch(`${gateway.url}/health/live`);
      expect(gateway.logLines.filter((line) => line.includes('"level":50'))).toEqual([]);
    },
  );
});
