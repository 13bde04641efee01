import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Calls, failureOf } from '../grpc/calls-under-test.ts';

/** Canaries: long, so that no part of a line is one of them by chance. */
const AUTH_KEY = 'INS.canary-auth-key-7731';
const BODY = 'canary body 7732';
const PHONE_NUMBER = '+4915112347733';
const MESSAGE_ID = 'canary-message-7734';

const message = { messageId: MESSAGE_ID, phoneNumber: PHONE_NUMBER, text: { body: BODY } };

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;
let calls: Calls;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({ provider, variables: { INSIDER_AUTH_KEY: AUTH_KEY } });
  calls = new Calls(gateway.grpcUrl);
});

afterEach(async () => {
  calls.close();
  await provider.close();
  await gateway.stop();
});

const OLDEST = 'parley_oldest_message_waiting_seconds{account="default"}';

/** The value of one sample; NaN when it is not there. */
function sampleOf(page: readonly string[], name: string): number {
  return Number(page.find((line) => line.startsWith(`${name} `))?.slice(name.length));
}

/** Lines of samples. */
async function samples(of = gateway): Promise<string[]> {
  const response = await fetch(`${of.url}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  return (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('GET /metrics', () => {
  it('counts requests, their messages, and how messages ended', async () => {
    await calls.send([message, { ...message, messageId: 'other', phoneNumber: '+4915112340000' }]);
    await calls.send([message]);
    expect(await samples()).toEqual(
      expect.arrayContaining([
        'parley_requests_total{account="default",answer="accepted"} 1',
        'parley_request_messages_sum{account="default"} 2',
        'parley_request_duration_seconds_count{account="default"} 1',
        'parley_messages_settled_total{account="default",outcome="accepted",reason="",duplicate="false"} 2',
        'parley_messages_settled_total{account="default",outcome="accepted",reason="",duplicate="true"} 1',
        'parley_message_duration_seconds_count{account="default",outcome="accepted"} 3',
        'parley_messages_waiting 0',
        'parley_account_paused{account="default",reason=""} 0',
      ]),
    );
  });

  it('tells the limits that its figures are held against, and its version', async () => {
    const told = await samples();
    expect(told).toEqual(
      expect.arrayContaining([
        'parley_requests_per_second_limit{account="default"} 1000',
        'parley_request_messages_limit{account="default"} 100',
        'parley_messages_waiting_limit 10000',
        'parley_build_info{version="0.0.0"} 1',
      ]),
    );
  });

  it('tells for how long the oldest message waits', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    provider.follow(async (request) => {
      await released;
      return provider.accept(request);
    });
    const sent = calls.send([message]);
    await until('the request', () => provider.requests.length === 1);
    const waited = async (): Promise<number> => sampleOf(await samples(), OLDEST);
    expect(await waited()).toBeGreaterThan(0);
    release();
    await sent;
    expect(await waited()).toBe(0);
  });

  it('has what is rare from the start, so that its first increase can be seen', async () => {
    expect(await samples()).toEqual(
      expect.arrayContaining([
        'parley_requests_total{account="default",answer="throttled"} 0',
        'parley_messages_ambiguous_total{account="default",policy="resend",cause="no-answer"} 0',
        'parley_callbacks_total{account="default",outcome="not-durable"} 0',
        'parley_store_failures_total{account="default",step="claim"} 0',
        'parley_dead_letters_total{reason="HANDLER_FAILED"} 0',
        'parley_calls_total{door="grpc",method="SendConversational",code="INTERNAL"} 0',
      ]),
    );
  });

  it('counts every answer at a door, also to what never comes to the sender', async () => {
    await calls.send([message]);
    await failureOf(calls.send([{ ...message, phoneNumber: '12' }]));
    await failureOf(calls.get({ messageId: 'nobody' }));
    for (const messages of [
      [],
      [{ phoneNumber: PHONE_NUMBER, message: { type: 'text', text: { body: BODY } } }],
    ]) {
      await fetch(`${gateway.url}/v1/conversational/send`, {
        method: 'POST',
        body: JSON.stringify({ messages }),
      });
    }
    const counted = (await samples()).filter(
      (line) => line.startsWith('parley_calls_total') && !line.endsWith(' 0'),
    );
    expect(counted.toSorted()).toEqual([
      'parley_calls_total{door="grpc",method="GetMessage",code="NOT_FOUND"} 1',
      'parley_calls_total{door="grpc",method="SendConversational",code="INVALID_ARGUMENT"} 1',
      'parley_calls_total{door="grpc",method="SendConversational",code="OK"} 1',
      'parley_calls_total{door="http",method="send",code="200"} 1',
      'parley_calls_total{door="http",method="send",code="400"} 1',
    ]);
  });

  it('gives the reason of a refused account as health and the gRPC error do', async () => {
    provider.follow(() => ({ status: 401 }));
    const { errorInfo } = await failureOf(calls.send([message]));
    const ready = (await (await fetch(`${gateway.url}/health/ready`)).json()) as {
      details: Record<string, { reason?: string }>;
    };
    expect(errorInfo?.reason).toBe('PROVIDER_UNAUTHORIZED');
    expect(ready.details['account default']?.reason).toBe('PROVIDER_UNAUTHORIZED');
    const told = await samples();
    expect(told.filter((line) => line.startsWith('parley_account_paused'))).toEqual([
      'parley_account_paused{account="default",reason="PROVIDER_UNAUTHORIZED"} 1',
    ]);
    expect(told).toContain(
      'parley_messages_unsent_total{account="default",reason="PROVIDER_UNAUTHORIZED"} 1',
    );
  });

  it('counts where the outcome cannot be known, by policy and cause', async () => {
    provider.follow(() => ({ status: 504 }));
    await calls.send([{ ...message, ambiguousSends: 'AMBIGUOUS_SENDS_REPORT' }]);
    expect(await samples()).toContain(
      'parley_messages_ambiguous_total{account="default",policy="report",cause="no-answer"} 1',
    );
  });

  it('counts for how long the provider made it hold back, and what was repeated', async () => {
    provider.follow(({ messages }) => {
      provider.follow((request) => provider.accept(request));
      return { status: 429, headers: { 'retry-after': '1' }, body: { messages: messages.length } };
    });
    await calls.send([message]);
    const page = await samples();
    expect(page).toContain('parley_messages_repeated_total{account="default"} 1');
    const heldBack = 'parley_held_back_seconds_total{account="default",cause="throttled"} ';
    const seconds = Number(page.find((sample) => sample.startsWith(heldBack))?.slice(heldBack.length));
    expect(seconds).toBeGreaterThan(0.9);
    expect(seconds).toBeLessThan(2);
  });

  it('counts requests that are cut in smaller pieces', async () => {
    provider.follow((request) =>
      request.messages.some(({ body }) => body === 'bad')
        ? { status: 400, body: { message: 'refused' } }
        : provider.accept(request),
    );
    await calls.send([
      message,
      { ...message, messageId: 'bad', phoneNumber: '+4915112340001', text: { body: 'bad' } },
    ]);
    expect(await samples()).toContain('parley_batches_split_total{account="default"} 1');
  });

  it('holds no key, no body, no number and no id', async () => {
    provider.follow(({ headers, messages }) => ({
      status: 400,
      body: { message: JSON.stringify(messages), errors: String(headers['x-ins-auth-key']) },
    }));
    await calls.send([message]);
    provider.follow(() => ({ status: 401, body: { message: BODY } }));
    await failureOf(calls.send([{ ...message, messageId: `${MESSAGE_ID}-2` }]));
    const text = (await samples()).join('\n');
    expect(text).toContain('reason="PROVIDER_REJECTED"');
    for (const secret of [AUTH_KEY, BODY, PHONE_NUMBER.slice(1), MESSAGE_ID])
      expect(text).not.toContain(secret);
  });

  it('counts for each gateway of a process by itself', async () => {
    const neighbour = await GatewayUnderTest.start({ provider });
    try {
      await calls.send([message]);
      const of = async (which: GatewayUnderTest): Promise<string[]> =>
        (await samples(which)).filter(
          (line) => line.startsWith('parley_requests_total') && line.endsWith(' 1'),
        );
      expect(await of(gateway)).toHaveLength(1);
      expect(await of(neighbour)).toEqual([]);
    } finally {
      await neighbour.stop();
    }
  });

  it('tells how the consumer does, and what it has put aside', async () => {
    provider.follow(() => ({ status: 401 }));
    const record = { topic: gateway.topics.send, key: PHONE_NUMBER };
    await gateway.bus.send([
      { ...record, value: JSON.stringify(message) },
      { ...record, key: 'other', value: 'unreadable' },
    ]);
    await until('the refusal', () => provider.requests.length > 0);
    await until('the dead letter', () => gateway.bus.on(gateway.topics.dlq).length === 1);
    const told = await samples();
    expect(told).toEqual(
      expect.arrayContaining([
        'parley_consumer_lag_records 1',
        'parley_consumer_records_in_flight 1',
        'parley_consumer_partitions_paused 0',
        'parley_dead_letters_total{reason="RECORD_INVALID"} 1',
        expect.stringMatching(/^parley_consumer_standstill_seconds 0\.\d+$/),
      ]),
    );
  });

  it('tells of the process beside what it sends, and nothing of a Redis that it does not have', async () => {
    const names = (await samples()).map((line) => line.split(/[{ ]/, 1)[0]);
    expect(names).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']),
    );
    expect(names).not.toContain('parley_redis_connected');
  });
});
