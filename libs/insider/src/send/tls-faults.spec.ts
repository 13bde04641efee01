import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Server, TlsOptions } from 'node:tls';
import type { InsiderAnswer } from '../answer/insider-answer.ts';
import { RawServer } from '../testing/raw-server.ts';
import { selfSignedCertificate } from '../testing/self-signed-certificate.ts';
import { InsiderClient } from './insider-client.ts';

const MESSAGE = { phoneNumber: '+15550001234', message: { type: 'text', text: { body: 'canary' } } } as const;

async function sendTo(baseUrl: string): Promise<InsiderAnswer> {
  const client = new InsiderClient({
    baseUrl,
    authKey: 'INS.canary',
    userAgent: 'parley/test',
    timeoutMs: 2_000,
  });
  const answer = await client.send([MESSAGE]);
  await client.close();
  return answer;
}

describe('a request over TLS', () => {
  let server: Server | undefined;
  let readable = 0;

  async function tlsServer(options: TlsOptions): Promise<number> {
    server = createServer(options, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        readable += chunk.length;
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 23\r\n\r\n{"keys":["whatsapp-1"]}');
      });
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  beforeEach(() => {
    readable = 0;
  });

  afterEach(async () => {
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
    server = undefined;
  });

  describe('never tells its key to whom it cannot verify, and says unavailable', () => {
    it('a certificate nobody vouches for', async () => {
      const port = await tlsServer(selfSignedCertificate('localhost'));
      expect(await sendTo(`https://localhost:${port}`)).toEqual({
        kind: 'unavailable',
        message: 'The request could not be written (DEPTH_ZERO_SELF_SIGNED_CERT).',
      });
      expect(readable).toBe(0);
    });

    it('a server without a certificate', async () => {
      const port = await tlsServer({});
      expect(await sendTo(`https://localhost:${port}`)).toMatchObject({ kind: 'unavailable' });
      expect(readable).toBe(0);
    });

    it('a server that speaks plain HTTP', async () => {
      const plain = await RawServer.listen({
        onConnection: (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      });
      expect(await sendTo(plain.url.replace('http', 'https'))).toMatchObject({ kind: 'unavailable' });
      expect(plain.requests).toBe(0);
      await plain.close();
    });
  });

  describe('with a certificate that is trusted', () => {
    const { cert, key } = selfSignedCertificate('localhost');
    const trusted = getCACertificates('default');
    beforeEach(() => setDefaultCACertificates([...trusted, cert]));
    afterEach(() => setDefaultCACertificates(trusted));

    it('is sent to the host of that name', async () => {
      const port = await tlsServer({ cert, key });
      expect(await sendTo(`https://localhost:${port}`)).toEqual({ kind: 'accepted', keys: ['whatsapp-1'] });
    });

    it('is not sent to a host of another name', async () => {
      const port = await tlsServer({ cert, key });
      expect(await sendTo(`https://127.0.0.1:${port}`)).toEqual({
        kind: 'unavailable',
        message: 'The request could not be written (ERR_TLS_CERT_ALTNAME_INVALID).',
      });
      expect(readable).toBe(0);
    });
  });

  it('is ambiguous when it was meant to be, but went out in the clear: the bytes did leave', async () => {
    const port = await tlsServer(selfSignedCertificate('localhost'));
    expect(await sendTo(`http://127.0.0.1:${port}`)).toMatchObject({ kind: 'ambiguous' });
    expect(readable).toBe(0);
  });
});
