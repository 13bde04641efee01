import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';
import { FaultyProvider, accept, answer } from './faulty-provider.ts';
import type { Behaviour } from './faulty-provider.ts';
import { AUTH_KEY, GatewayProcess } from './gateway-process.ts';
import { textOf } from './texts.ts';

const START_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 20_000;
const TIMEOUT_MS = 1_000;
/** A second until the next probe. */
const OPEN_AGAIN_TIMEOUT_MS = 10_000;
const MOST_OVER = 1.1;
/** Of each answer: the faster one says how long it is waited for, whatever else the machine does. */
const ATTEMPTS = 2;
/** Until the request of a call may leave: the distance between two permits, and something for the call itself. */
const PERMIT_WAIT_MS = 200;
const MOST_GROWTH_MIB = 50;
const MANY_BYTES = 100 * 1024 * 1024;
const MEASURED_EVERY_MS = 50;

/** Answers to a request whose messages were taken, and that cannot be understood. */
const NOT_UNDERSTOOD: readonly { readonly name: string; readonly hostile: Behaviour }[] = [
  { name: 'a head that comes byte by byte', hostile: (_, { socket }) => drip(socket, HEAD) },
  {
    name: 'a body that comes byte by byte',
    hostile: (_, { socket }) => {
      socket?.write(`${HEAD}content-length: 10000\r\n\r\n`);
      drip(socket, ' '.repeat(10_000));
    },
  },
  {
    name: 'a body of 100 MiB',
    hostile: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': MANY_BYTES });
      pour(response, MANY_BYTES);
    },
  },
  {
    name: 'a body without an end',
    hostile: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      pour(response, Infinity);
    },
  },
  {
    name: 'a body of 100 MiB in 100 KiB of gzip',
    hostile: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(BOMB);
    },
  },
  {
    name: 'JSON that breaks off',
    hostile: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"keys":["whatsapp-');
    },
  },
  {
    name: 'a body that breaks off',
    hostile: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"keys":["whatsapp-1"', () => response.socket?.destroy());
    },
  },
  { name: 'a page', hostile: (_, response) => answer(response, 200, '<html><body>Welcome</body></html>') },
  { name: 'too few keys', hostile: (_, response) => answer(response, 200, { keys: [] }) },
  { name: 'too many keys', hostile: (_, response) => answer(response, 200, { keys: ['a', 'b'] }) },
  { name: 'keys that are no text', hostile: (_, response) => answer(response, 200, { keys: [17] }) },
  { name: 'bytes that are not HTTP', hostile: (_, { socket }) => socket?.end('\0\x01 not HTTP\r\n\r\n') },
];

describe('A provider that answers with', () => {
  let provider: FaultyProvider;
  let elsewhere: FaultyProvider;
  let gateway: GatewayProcess;
  let baselineMiB: number;
  let peakMiB = 0;
  let measuring: NodeJS.Timeout;

  beforeAll(async () => {
    elsewhere = await FaultyProvider.listen();
    provider = await FaultyProvider.listen();
    gateway = await GatewayProcess.start({
      providerUrl: provider.url,
      settings: { INSIDER_TIMEOUT_MS: String(TIMEOUT_MS) },
      // What V8 puts off collecting is not what an answer costs.
      nodeArgs: ['--max-semi-space-size=4'],
    });
    for (let warmUps = 0; warmUps < 20; warmUps++) await expectOutcome('ACCEPTED');
    baselineMiB = await gateway.residentMiB();
    measuring = setInterval(
      () => void gateway.residentMiB().then((mib) => (peakMiB = Math.max(peakMiB, mib))),
      MEASURED_EVERY_MS,
    );
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    clearInterval(measuring);
    await gateway.stop();
    await Promise.all([provider.close(), elsewhere.close()]);
  }, START_TIMEOUT_MS);

  it.each(NOT_UNDERSTOOD)(
    '$name is not waited for beyond the time limit, and the outcome is told as unknown',
    async ({ hostile }) => {
      const durationsMs: number[] = [];
      const callsMs: number[] = [];
      while (callsMs.length < ATTEMPTS) {
        provider.behaviour = (arrival, response) => {
          provider.behaviour = accept;
          arrival.taken = true;
          hostile(arrival, response);
        };
        const { messageId, calledMs } = await expectOutcome('UNKNOWN');
        durationsMs.push(gateway.log.of('attempted').at(-1)?.durationMs ?? NaN);
        callsMs.push(calledMs);
        await expectOutcome('ACCEPTED');
        expect(provider.timesSeen(messageId)).toBe(1);
      }
      expect(Math.min(...durationsMs)).toBeLessThan(TIMEOUT_MS * MOST_OVER);
      expect(Math.min(...callsMs)).toBeLessThan(TIMEOUT_MS * MOST_OVER + PERMIT_WAIT_MS);
    },
    TEST_TIMEOUT_MS,
  );

  it.each([301, 302, 303, 307, 308])(
    'a redirect (%d) is not followed, so that the key stays where it is',
    async (status) => {
      provider.behaviour = (_, response) => {
        provider.behaviour = accept;
        const location = `${elsewhere.url}/v1/conversational/send`;
        answer(response, status, {}, { location });
      };
      // A 303 answers a request that was carried out; the others pause the account until its next probe.
      if (status === 303) await expectOutcome('UNKNOWN');
      else expect(await sendOne()).toMatchObject({ code: 'UNAVAILABLE', reason: 'PROVIDER_BLOCKED' });
      expect(provider.arrivals.at(-1)?.headers['x-ins-auth-key']).toBe(AUTH_KEY);
      expect(elsewhere.connections).toBe(0);
      await waitUntil(async () => (await sendOne()).kind === 'results', {
        signal: AbortSignal.timeout(OPEN_AGAIN_TIMEOUT_MS),
        everyMs: 20,
      });
    },
    TEST_TIMEOUT_MS,
  );

  it('leaves the gateway no larger than 50 MiB above what it was', () => {
    console.info(`resident: ${baselineMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at most`);
    expect(peakMiB - baselineMiB).toBeLessThan(MOST_GROWTH_MIB);
    expect(gateway.log.noise).toEqual([]);
  });

  function sendOne(
    text = textOf({ ambiguousSends: 'AMBIGUOUS_SENDS_REPORT' }),
  ): ReturnType<GatewayProcess['send']> {
    return gateway.send([text]);
  }

  async function expectOutcome(outcome: string): Promise<{ messageId: string; calledMs: number }> {
    const text = textOf({ ambiguousSends: 'AMBIGUOUS_SENDS_REPORT' });
    const end = await sendOne(text);
    expect(end).toMatchObject({ kind: 'results', results: [{ outcome }] });
    return { messageId: text.messageId, calledMs: end.durationMs };
  }
});

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const BOMB = gzipSync(Buffer.alloc(MANY_BYTES));
const CHUNK = Buffer.alloc(64 * 1024, ' ');

function drip(socket: ServerResponse['socket'], bytes: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket?.destroyed !== false || at === bytes.length) clearInterval(timer);
    else socket.write(bytes.charAt(at++));
  }, 50);
}

/** As fast as it is read, until the reader goes. */
function pour(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) return;
    }
    if (left <= 0) response.end();
  };
  response.on('drain', more);
  more();
}
