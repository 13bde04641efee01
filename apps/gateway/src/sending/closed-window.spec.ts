import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ResultEvent } from '@parley/contracts';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Calls } from '../grpc/calls-under-test.ts';
import { STORES } from './stores-token.ts';
import type { Stores } from './stores.ts';

const ALICE = '+15550001234';
const BOB = '+447400123456';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;
let calls: Calls;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
});

afterEach(async () => {
  calls.close();
  await provider.close();
  await gateway.stop();
});

/** Alice's window is known to be closed, and nothing is known of Bob's. */
async function start(variables: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start({ provider, variables });
  calls = new Calls(gateway.grpcUrl);
  const { windows } = gateway.app.get<Stores>(STORES);
  const now = Date.now();
  await windows.observe('default', [{ phoneNumber: ALICE, inboundMs: now - 5_000, closedMs: now - 1_000 }]);
}

function text(phoneNumber: string): object {
  return { phoneNumber, text: { body: `Hello ${phoneNumber}` } };
}

describe('A closed window', () => {
  it('refuses its message by gRPC, and none beside it', async () => {
    await start();
    const results = await calls.send([text(ALICE), text(BOB)]);
    expect(results).toMatchObject([
      { outcome: 'SEND_OUTCOME_REJECTED', error: { reason: 'WINDOW_CLOSED', retryable: false } },
      { outcome: 'SEND_OUTCOME_ACCEPTED' },
    ]);
    expect(provider.bodies).toEqual([`Hello ${BOB}`]);
  });

  it('is told in the result event of a record, which is done with that', async () => {
    await start();
    await gateway.bus.send(
      [ALICE, BOB].map((phoneNumber) => ({
        topic: gateway.topics.send,
        key: phoneNumber,
        value: JSON.stringify({ messageId: `to${phoneNumber.slice(1)}`, ...text(phoneNumber) }),
      })),
    );
    const { result, dlq } = gateway.topics;
    await until('both result events', () => gateway.bus.on(result).length === 2);
    const events = gateway.events<ResultEvent>(result);
    expect(events.find(({ phoneNumber }) => phoneNumber === ALICE)).toMatchObject({
      outcome: 'REJECTED',
      error: { reason: 'WINDOW_CLOSED' },
      attempts: 0,
    });
    expect(events.find(({ phoneNumber }) => phoneNumber === BOB)).toMatchObject({ outcome: 'ACCEPTED' });
    expect(gateway.bus.on(dlq)).toEqual([]);
  });

  it('is answered with 400 by HTTP', async () => {
    await start();
    const body = JSON.stringify({
      messages: [{ phoneNumber: ALICE, message: { type: 'text', text: { body: 'Hello' } } }],
    });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${gateway.url}/v1/conversational/send`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(provider.requests).toEqual([]);
  });

  it('refuses nothing when WINDOW_POLICY is off', async () => {
    await start({ WINDOW_POLICY: 'off' });
    expect(await calls.send([text(ALICE)])).toMatchObject([{ outcome: 'SEND_OUTCOME_ACCEPTED' }]);
  });

  it('is what everybody has who was not seen writing when WINDOW_POLICY is strict', async () => {
    await start({ WINDOW_POLICY: 'strict' });
    const { windows } = gateway.app.get<Stores>(STORES);
    await windows.observe('default', [{ phoneNumber: ALICE, inboundMs: Date.now() + 1000 }]);
    expect(await calls.send([text(BOB), text(ALICE)])).toMatchObject([
      { error: { reason: 'WINDOW_CLOSED' } },
      { outcome: 'SEND_OUTCOME_ACCEPTED' },
    ]);
  });
});
