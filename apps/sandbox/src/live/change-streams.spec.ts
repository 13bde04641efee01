import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChangeStreams, MAX_STREAMS } from './change-streams.ts';
import { Changes } from './changes.ts';

describe('ChangeStreams', () => {
  let changes: Changes;
  let streams: ChangeStreams;
  let server: Server;
  const opened: boolean[] = [];
  let closed: number;
  beforeEach(async () => {
    changes = new Changes();
    streams = new ChangeStreams(changes);
    opened.length = 0;
    closed = 0;
    server = createServer((_request, response) => {
      opened.push(streams.open(response, (changed) => changed));
      if (opened.at(-1) === true) response.once('close', () => (closed += 1));
      else response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function connect(): Promise<{ response: IncomingMessage; text: () => string }> {
    const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => (text += part));
    response.on('error', () => undefined);
    return { response, text: () => text };
  }

  it('tell many changes in one event', async () => {
    const { text } = await connect();
    await until('an open stream', () => opened.length === 1);
    for (let count = 0; count < 50; count += 1) changes.noteConversation(`+${count}`);
    await until('an event', () => text().includes('event: change'));
    expect(text().match(/event: change/g)).toHaveLength(1);
    expect(text()).toContain('"phoneNumbers":["+0","+1",');
  });

  it('are bounded, and one that is closed makes room', async () => {
    const clients = await Promise.all(Array.from({ length: MAX_STREAMS + 1 }, () => connect()));
    expect(opened.filter(Boolean)).toHaveLength(MAX_STREAMS);
    for (const { response } of clients) response.destroy();
    await until('room', () => closed >= MAX_STREAMS);
    await connect();
    expect(opened.at(-1)).toBe(true);
  });

  it('end with the sandbox', async () => {
    const { response } = await connect();
    await until('an open stream', () => opened.length === 1);
    streams.onModuleDestroy();
    await once(response, 'end');
  });
});
