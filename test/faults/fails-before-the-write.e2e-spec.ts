import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@parley/provisioning';
import { until } from '@parley/testing';
import { selfSignedCertificate } from '../../libs/insider/src/testing/self-signed-certificate.ts';
import { UnacceptingServer } from '../../libs/insider/src/testing/unaccepting-server.ts';
import { sendUntilEnded } from './caller.ts';
import { FaultyProvider } from './faulty-provider.ts';
import { GatewayProcess } from './gateway-process.ts';
import type { GatewaySetup } from './gateway-process.ts';
import { Ledger, NO_DISCREPANCIES } from './ledger.ts';
import { textsOf } from './texts.ts';

const TEST_TIMEOUT_MS = 40_000;
const ENDED_TIMEOUT_MS = 25_000;
const MESSAGES = 20;
/** Of each call: shorter than the fault may last, so that callers come again. */
const CALL_TIMEOUT_MS = 2_000;
/** Requests that could not be written before the fault is mended. */
const FAILURES = 5;

describe('A provider that cannot be reached because', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-faults-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.concurrent(
    'nobody listens: leaves no message unknown, and gets each once when it is there',
    async () => {
      const port = await freePort();
      await expectSentOnce({
        setup: { providerUrl: `http://127.0.0.1:${port}` },
        code: 'ECONNREFUSED',
        mend: () => FaultyProvider.listen({ port }),
      });
    },
    TEST_TIMEOUT_MS,
  );

  it.concurrent(
    'its name does not resolve: leaves no message unknown, and gets each once when it is there',
    async () => {
      const port = await freePort();
      const resolvable = join(folder, 'resolvable');
      await expectSentOnce({
        setup: {
          providerUrl: `http://provider.invalid:${port}`,
          nodeArgs: [`--import=${resolverModule(resolvable)}`],
        },
        // The second where there is no resolver to ask.
        code: /ENOTFOUND|EAI_AGAIN/,
        mend: async () => {
          const provider = await FaultyProvider.listen({ port });
          await writeFile(resolvable, '');
          return provider;
        },
      });
    },
    TEST_TIMEOUT_MS,
  );

  it.concurrent(
    'it does not speak TLS: leaves no message unknown, and gets each once when it does',
    async () => {
      const port = await freePort();
      const certificate = selfSignedCertificate('localhost');
      const trusted = join(folder, 'trusted.pem');
      await writeFile(trusted, certificate.cert);
      const plain = await FaultyProvider.listen({ port });
      await expectSentOnce({
        setup: { providerUrl: `https://localhost:${port}`, settings: { NODE_EXTRA_CA_CERTS: trusted } },
        code: /SSL/,
        mend: async () => {
          expect(plain.arrivals).toEqual([]);
          await plain.close();
          return FaultyProvider.listen({ port, certificate });
        },
      });
    },
    TEST_TIMEOUT_MS,
  );

  it.concurrent(
    'nobody accepts its connections: leaves no message unknown, and gets each once when it does',
    async () => {
      const silent = await UnacceptingServer.listen();
      const { port } = silent;
      await expectSentOnce({
        setup: { providerUrl: `http://127.0.0.1:${port}`, settings: { INSIDER_TIMEOUT_MS: '700' } },
        code: /TIMED_OUT|TIMEOUT|no answer in time/,
        mend: async () => {
          await silent.close();
          return FaultyProvider.listen({ port });
        },
      });
    },
    TEST_TIMEOUT_MS,
  );
});

/** Callers hold on from before the fault is mended until every message has its outcome. */
async function expectSentOnce(fault: {
  readonly setup: GatewaySetup;
  /** What the log says of it. */
  readonly code: string | RegExp;
  readonly mend: () => Promise<FaultyProvider>;
}): Promise<void> {
  const { setup, code, mend } = fault;
  const gateway = await GatewayProcess.start(setup);
  let provider: FaultyProvider | undefined;
  try {
    const ledger = new Ledger();
    const signal = AbortSignal.timeout(ENDED_TIMEOUT_MS);
    const options = { ledger, signal, gateway: () => gateway, timeoutMs: CALL_TIMEOUT_MS };
    const sending = textsOf(MESSAGES, { ambiguousSends: 'AMBIGUOUS_SENDS_REPORT' }).map((text) =>
      sendUntilEnded(text, options),
    );
    const failures = () => gateway.log.of('attempted');
    await until('requests fail', () => failures().length >= FAILURES, { timeoutMs: ENDED_TIMEOUT_MS });
    for (const { answer, detail } of failures()) {
      expect({ answer, detail }).toEqual({ answer: 'unavailable', detail: expect.stringMatching(code) });
    }
    expect(ledger.outcomes).toEqual({ none: MESSAGES });

    provider = await mend();
    await Promise.all(sending);

    expect(ledger.outcomes).toEqual({ ACCEPTED: MESSAGES });
    expect(ledger.compareWith(provider.arrivals)).toEqual(NO_DISCREPANCIES);
    expect(gateway.log.of('ambiguous')).toEqual([]);
  } finally {
    await gateway.stop();
    await provider?.close();
  }
}

/** Resolves as the machine does, until `file` exists: then every name is this machine. */
function resolverModule(file: string): string {
  const source = `
    import dns from 'node:dns';
    import { existsSync } from 'node:fs';
    const { lookup } = dns;
    dns.lookup = (name, options, callback) =>
      lookup(existsSync(${JSON.stringify(file)}) ? '127.0.0.1' : name, options, callback);
  `;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
