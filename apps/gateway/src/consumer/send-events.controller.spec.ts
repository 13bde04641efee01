import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ResultEvent, SendEvent } from '@parley/contracts';
import { BusError } from '@parley/kafka';
import type { IncomingRecord } from '@parley/kafka';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';

const ALICE = '+15550001234';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({ provider });
});

afterEach(async () => {
  await provider.close();
  await gateway.stop();
});

function event(messageId: string, overrides: Partial<Record<keyof SendEvent, unknown>> = {}): object {
  return { messageId, phoneNumber: ALICE, text: { body: `Hello ${messageId}` }, ...overrides };
}

/** All under one key, so that they are in one partition, in this order. */
async function produce(...values: readonly (object | string | Buffer | null)[]): Promise<void> {
  await gateway.bus.send(
    values.map((value) => ({
      topic: gateway.topics.send,
      key: ALICE,
      value:
        value === null || typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
    })),
  );
}

async function results(count: number): Promise<ResultEvent[]> {
  const { result } = gateway.topics;
  await until(`${count} result events`, () => gateway.bus.on(result).length >= count);
  return gateway.events<ResultEvent>(result);
}

describe('the consumer of the send topic', () => {
  it('tells the result of a valid record, once, with everything the sender of it gave', async () => {
    await produce(event('a', { metadata: { order: '4711' }, unknownField: true } as object));
    expect(await results(1)).toEqual([
      {
        messageId: 'a',
        account: 'default',
        phoneNumber: ALICE,
        outcome: 'ACCEPTED',
        key: expect.stringMatching(/^whatsapp-key-/),
        duplicate: false,
        attempts: 1,
        source: 'kafka',
        time: expect.stringMatching(/Z$/),
        metadata: { order: '4711' },
      },
    ]);
    expect(gateway.bus.on(gateway.topics.dlq)).toEqual([]);
  });

  it('sends a recipient’s records in their order', async () => {
    await produce(...['a', 'b', 'c', 'd'].map((id) => event(id)));
    await results(4);
    expect(provider.bodies).toEqual(['a', 'b', 'c', 'd'].map((id) => `Hello ${id}`));
  });

  it('sends a record that comes twice once, and says so', async () => {
    await produce(event('a'), event('a'));
    expect((await results(2)).map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(provider.requests).toHaveLength(1);
  });

  describe('puts what nobody can read aside, once and byte for byte, and sends the records around it', () => {
    const unreadable: [string, object | string | Buffer | null, string][] = [
      ['a tombstone', null, 'RECORD_INVALID'],
      ['an empty value', '', 'RECORD_INVALID'],
      [
        'what is not UTF-8',
        Buffer.from(JSON.stringify(event('x', { text: { body: '\xff' } })), 'latin1'),
        'RECORD_INVALID',
      ],
      ['what is not JSON', '{"messageId":', 'RECORD_INVALID'],
      ['an array', [event('x')], 'RECORD_INVALID'],
      ['a very deep array', '['.repeat(100_000) + ']'.repeat(100_000), 'RECORD_INVALID'],
      ['an object without an id', event('x', { messageId: undefined }), 'MESSAGE_ID_INVALID'],
      ['a number that is none', event('x', { phoneNumber: '555' }), 'PHONE_NUMBER_INVALID'],
      ['no text', event('x', { text: undefined }), 'BODY_EMPTY'],
      ['a text that is no object', event('x', { text: 'Hello' }), 'BODY_EMPTY'],
      ['a body that is no string', event('x', { text: { body: { deep: true } } }), 'BODY_INVALID'],
      ['a time without a zone', event('x', { expireTime: '2030-01-01T00:00:00' }), 'EXPIRE_TIME_INVALID'],
      ['metadata that is no object of strings', event('x', { metadata: { a: 1 } }), 'METADATA_INVALID'],
      [
        'very deep metadata',
        `{"messageId":"x","phoneNumber":"${ALICE}","text":{"body":"Hi"},"metadata":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
        'METADATA_INVALID',
      ],
      ['an unknown policy', event('x', { ambiguousSends: 'maybe' }), 'AMBIGUOUS_SENDS_INVALID'],
      ['an account that is not configured', event('x', { account: 'elsewhere' }), 'ACCOUNT_UNKNOWN'],
      ['an account that is no string', event('x', { account: 7 }), 'ACCOUNT_UNKNOWN'],
      ['an account named like a prototype', event('x', { account: '__proto__' }), 'ACCOUNT_UNKNOWN'],
      ['fields given by a prototype', '{"__proto__":{"messageId":"x"}}', 'MESSAGE_ID_INVALID'],
    ];
    it.each(unreadable)('%s', async (_name, value, reason) => {
      await produce(event('before'), value, event('after'));
      expect((await results(2)).map(({ messageId }) => messageId)).toEqual(['before', 'after']);
      const [, original] = gateway.bus.on(gateway.topics.send);
      expect(gateway.bus.on(gateway.topics.dlq)).toEqual([
        {
          topic: gateway.topics.dlq,
          key: Buffer.from(ALICE),
          value: original?.value === null ? null : Buffer.from(original?.value as string),
          headers: {
            'dlq-reason': reason,
            'dlq-message': expect.stringMatching(/^[^+{}]+$/),
            'dlq-original-topic': gateway.topics.send,
            'dlq-original-partition': expect.stringMatching(/^\d+$/),
            'dlq-original-offset': '1',
            'dlq-time': expect.stringMatching(/Z$/),
          },
        },
      ]);
    });
  });

  it('keeps records while the account is refused, and resumes by itself', async () => {
    let refused = true;
    provider.follow((request) => (refused ? { status: 401 } : provider.accept(request)));
    await produce(event('a'), event('b'));
    await until('the refusal', () => provider.requests.length === 1);
    refused = false;
    expect((await results(2)).map(({ messageId, outcome }) => [messageId, outcome])).toEqual([
      ['a', 'ACCEPTED'],
      ['b', 'ACCEPTED'],
    ]);
    expect(gateway.bus.on(gateway.topics.dlq)).toEqual([]);
  });

  it('loses and sends nothing twice while the result topic is refused, and resumes by itself', async () => {
    await produce(event('a'), event('b'), event('c'));
    gateway.bus.failure = new BusError('UNAUTHORIZED', 'TOPIC_AUTHORIZATION_FAILED');
    await until('the first request', () => provider.requests.length > 0);
    expect(gateway.bus.on(gateway.topics.result)).toEqual([]);
    gateway.bus.failure = undefined;
    expect((await results(3)).map(({ messageId, duplicate }) => [messageId, duplicate])).toEqual([
      ['a', false],
      ['b', false],
      ['c', false],
    ]);
    expect(provider.bodies).toHaveLength(3);
    expect(gateway.bus.on(gateway.topics.dlq)).toEqual([]);
  });

  it('sends the records of an account beside more than a thousand of one that is refused', async () => {
    await gateway.stop();
    const accounts = ['refused', 'fine'].map((name) => ({ name, authKey: `INS.key-of-${name}` }));
    gateway = await GatewayUnderTest.start({
      provider,
      variables: { ACCOUNTS_FILE: 'accounts.json' },
      files: { 'accounts.json': JSON.stringify({ accounts }) },
    });
    provider.follow((request) =>
      request.headers['x-ins-auth-key'] === 'INS.key-of-refused' ? { status: 401 } : provider.accept(request),
    );
    const { send } = gateway.topics;
    await gateway.bus.send(
      Array.from({ length: 1_500 }, (_, index) => {
        const phoneNumber = `+1556000${1000 + index}`;
        const value = JSON.stringify(event(`refused-${index}`, { account: 'refused', phoneNumber }));
        return { topic: send, key: phoneNumber, value };
      }),
    );
    await until('the refusal', () => provider.requests.length > 0);
    await produce(event('fine', { account: 'fine' }));
    expect(await results(1)).toMatchObject([{ messageId: 'fine', outcome: 'ACCEPTED' }]);
  });

  it('neither settles nor puts aside what waits when the process stops: the next member gets it', async () => {
    provider.follow(() => ({ status: 401 }));
    await produce(event('a'));
    await until('the refusal', () => provider.requests.length === 1);
    await gateway.stop();
    expect(gateway.bus.on(gateway.topics.result)).toEqual([]);
    expect(gateway.bus.on(gateway.topics.dlq)).toEqual([]);

    const redelivered: IncomingRecord[] = [];
    const next = gateway.bus.consume(
      { groupId: 'parley-gateway', topics: [gateway.topics.send] },
      {
        assigned: () => undefined,
        rebalancing: () => undefined,
        received: ({ records }) => redelivered.push(...records),
      },
    );
    await until('the record to come again', () => redelivered.length === 1);
    await next.close();
  });
});
