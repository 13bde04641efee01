import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import type { ResultEvent } from '@parley/contracts';
import { BusError } from '@parley/kafka';
import { ScriptedEndpoint, until } from '@parley/testing';
import { createHash } from 'node:crypto';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import type { GatewaySetup } from '../gateway-under-test.ts';
import { Sending } from '../sending/sending.ts';
import { Calls, failureOf } from './calls-under-test.ts';

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
  // First, so that no request is waited for.
  await provider.close();
  await gateway.stop();
});

async function start(setup: Omit<GatewaySetup, 'provider'> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start({ provider, ...setup });
  calls = new Calls(gateway.grpcUrl);
}

function text(overrides: object = {}): object {
  return { phoneNumber: ALICE, text: { body: 'Hello' }, ...overrides };
}

const NOBODY = text({ phoneNumber: '555' });

describe('SendConversational', () => {
  it('answers one result per message, in order, each with the provider’s key', async () => {
    await start();
    const results = await calls.send([
      text({ messageId: 'a' }),
      text({ messageId: 'b', phoneNumber: BOB }),
      text({ messageId: 'c' }),
    ]);
    expect(results.map(({ messageId }) => messageId)).toEqual(['a', 'b', 'c']);
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(3).fill('SEND_OUTCOME_ACCEPTED'));
    expect(new Set(results.map(({ key }) => key)).size).toBe(3);
    expect(results[0]).toMatchObject({ error: null, duplicate: false });
  });

  it('gives a message without an id one of its own', async () => {
    await start();
    const [first, second] = await calls.send([text(), text()]);
    expect(first?.messageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second?.messageId).not.toBe(first?.messageId);
  });

  it('sends the neighbours of a bad message, and tells it by itself', async () => {
    await start();
    const results = await calls.send([
      text({ messageId: 'good' }),
      NOBODY,
      text({ messageId: 'long', text: { body: 'x'.repeat(4097) } }),
      text({ messageId: 'also-good' }),
    ]);
    expect(results.map(({ outcome, error }) => [outcome, error?.reason])).toEqual([
      ['SEND_OUTCOME_ACCEPTED', undefined],
      ['SEND_OUTCOME_REJECTED', 'PHONE_NUMBER_INVALID'],
      ['SEND_OUTCOME_REJECTED', 'BODY_TOO_LONG'],
      ['SEND_OUTCOME_ACCEPTED', undefined],
    ]);
    expect(results[1]?.error?.message).toContain('messages[1].phone_number');
    expect(provider.bodies).toEqual(['Hello', 'Hello']);
  });

  it('sends the neighbours of a message that the provider refuses', async () => {
    await start();
    provider.follow((request) =>
      request.messages.some(({ body }) => body === 'refuse me')
        ? { status: 400, body: { message: 'failed', error: { code: 2002, message: 'failed' } } }
        : provider.accept(request),
    );
    const results = await calls.send([text(), text({ text: { body: 'refuse me' } }), text()]);
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'SEND_OUTCOME_ACCEPTED',
      'SEND_OUTCOME_REJECTED',
      'SEND_OUTCOME_ACCEPTED',
    ]);
    expect(results[1]?.error).toMatchObject({ reason: 'PROVIDER_REJECTED', providerCode: '2002' });
  });

  it('returns the metadata in the result event, and says which way the message came in', async () => {
    await start();
    const metadata = { order: '4711', __proto__x: 'kept' };
    const [result] = await calls.send([text({ messageId: 'a', metadata })]);
    await until('the result event', () => gateway.bus.on(gateway.topics.result).length === 1);
    expect(gateway.events<ResultEvent>(gateway.topics.result)).toEqual([
      {
        messageId: 'a',
        account: 'default',
        phoneNumber: ALICE,
        outcome: 'ACCEPTED',
        key: result?.key,
        duplicate: false,
        attempts: 1,
        source: 'grpc',
        time: expect.stringMatching(/Z$/),
        metadata,
      },
    ]);
    expect(gateway.bus.on(gateway.topics.result)[0]).toMatchObject({
      key: ALICE,
      headers: { ce_specversion: '1.0', ce_type: 'parley.conversational.result.v1' },
    });
  });

  it('tells the earlier outcome of a repeated id, and sends nothing', async () => {
    await start();
    const [first] = await calls.send([text({ messageId: 'a' })]);
    const [again] = await calls.send([text({ messageId: 'a' })]);
    expect(again).toEqual({ ...first, duplicate: true });
    expect(provider.requests).toHaveLength(1);
  });

  it('refuses a repeated id with other content', async () => {
    await start();
    await calls.send([text({ messageId: 'a' })]);
    const [conflict] = await calls.send([text({ messageId: 'a', text: { body: 'Something else' } })]);
    expect(conflict).toMatchObject({
      outcome: 'SEND_OUTCOME_REJECTED',
      error: { reason: 'IDEMPOTENCY_CONFLICT' },
    });
    expect(provider.requests).toHaveLength(1);
  });

  it('expires a message whose time is over, and sends nothing', async () => {
    await start();
    const [result] = await calls.send([text({ expireTime: { seconds: 1, nanos: 0 } })]);
    expect(result).toMatchObject({ outcome: 'SEND_OUTCOME_EXPIRED', error: { reason: 'EXPIRED' } });
    expect(provider.requests).toEqual([]);
  });

  it('leaves a message that was written and never answered to the caller who asks for that', async () => {
    await start();
    provider.follow(() => ({ status: 504 }));
    const [result] = await calls.send([text({ ambiguousSends: 'AMBIGUOUS_SENDS_REPORT' })]);
    expect(result).toMatchObject({ outcome: 'SEND_OUTCOME_UNKNOWN', error: { reason: 'OUTCOME_UNKNOWN' } });
    expect(provider.requests).toHaveLength(1);
  });

  describe('fails as a whole with INVALID_ARGUMENT', () => {
    it('when every message is bad, naming each field by its path', async () => {
      await start();
      const failure = await failureOf(calls.send([text({ text: { body: '' } }), NOBODY]));
      expect(failure.code).toBe(status.INVALID_ARGUMENT);
      expect(failure.badRequest?.fieldViolations).toMatchObject([
        { field: 'messages[0].text.body', reason: 'BODY_EMPTY' },
        { field: 'messages[1].phone_number', reason: 'PHONE_NUMBER_INVALID' },
      ]);
      expect(failure.message).toContain('messages[1].phone_number must be a number in E.164 form');
    });

    it('also when there are so many that not every one can be named', async () => {
      await start();
      const failure = await failureOf(calls.send(Array(1000).fill(NOBODY)));
      expect(failure.code).toBe(status.INVALID_ARGUMENT);
      expect(failure.badRequest?.fieldViolations[0]).toMatchObject({ field: 'messages[0].phone_number' });
      expect(failure.message).toMatch(/; and 997 more$/);
    });

    it.each([0, 1001])('for %i messages', async (count) => {
      await start();
      const failure = await failureOf(calls.send(Array(count).fill(text())));
      expect(failure.code).toBe(status.INVALID_ARGUMENT);
      expect(failure.badRequest?.fieldViolations).toMatchObject([
        { field: 'messages', reason: 'MESSAGES_INVALID' },
      ]);
      expect(provider.requests).toEqual([]);
    });

    it('for an account that is not configured', async () => {
      await start();
      const failure = await failureOf(calls.send([text()], { account: 'elsewhere' }));
      expect(failure.code).toBe(status.INVALID_ARGUMENT);
      expect(failure.badRequest?.fieldViolations).toMatchObject([
        { field: 'account', reason: 'ACCOUNT_UNKNOWN' },
      ]);
    });
  });

  it('takes 1,000 messages', async () => {
    await start();
    const messages = Array.from({ length: 1000 }, (_, index) => text({ messageId: `m-${index}` }));
    const results = await calls.send(messages);
    expect(results.map(({ messageId }) => messageId)).toEqual(
      messages.map((message) => (message as { messageId: string }).messageId),
    );
    expect(provider.bodies).toHaveLength(1000);
  });

  describe('with callers configured', () => {
    const TOKEN = 'token-of-the-shop';
    const callers = {
      callers: [
        {
          name: 'shop',
          tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
          accounts: ['default'],
        },
      ],
    };
    const setup = {
      variables: { CALLERS_FILE: '/callers.json' },
      files: { '/callers.json': JSON.stringify(callers) },
    };

    it('serves the caller whose token it is', async () => {
      await start(setup);
      await expect(calls.send([text()], { token: TOKEN })).resolves.toHaveLength(1);
    });

    it.each([['no token', undefined] as const, ['another token', 'token-of-nobody'] as const])(
      'refuses %s with UNAUTHENTICATED',
      async (_name, token) => {
        await start(setup);
        const failure = await failureOf(calls.send([text()], token === undefined ? {} : { token }));
        expect(failure.code).toBe(status.UNAUTHENTICATED);
        expect(failure.errorInfo).toMatchObject({ reason: 'CALLER_UNKNOWN', domain: 'parley' });
        expect(provider.requests).toEqual([]);
      },
    );

    it('refuses another account with PERMISSION_DENIED, whether it exists or not', async () => {
      await start(setup);
      const failure = await failureOf(calls.send([text()], { token: TOKEN, account: 'elsewhere' }));
      expect(failure.code).toBe(status.PERMISSION_DENIED);
      expect(failure.errorInfo).toMatchObject({ reason: 'ACCOUNT_NOT_ALLOWED' });
    });
  });

  describe('fails with UNAVAILABLE and a delay', () => {
    it('at once when the provider refuses the account, saying why', async () => {
      await start();
      provider.follow(() => ({ status: 401 }));
      for (const nth of ['the call that finds out', 'the next']) {
        const failure = await failureOf(calls.send([text()]));
        expect([nth, failure.code]).toEqual([nth, status.UNAVAILABLE]);
        expect(failure.errorInfo).toMatchObject({ reason: 'PROVIDER_UNAUTHORIZED' });
        expect(failure.retryInfo?.retryDelay).toBeDefined();
      }
      expect(provider.requests).toHaveLength(1);
    });

    it('when the provider is down until shortly before the caller’s deadline', async () => {
      await start();
      provider.follow(() => ({ status: 503 }));
      const call = (): ReturnType<typeof failureOf> => failureOf(calls.send([text()], { timeoutMs: 1_000 }));
      let failure = await call();
      // On a busy machine the answer may miss the tenth of a second that is kept back for it.
      for (let again = 0; failure.code === (status.DEADLINE_EXCEEDED as number) && again < 5; again += 1)
        failure = await call();
      expect(failure.code).toBe(status.UNAVAILABLE);
      expect(failure.errorInfo).toMatchObject({ reason: 'PROVIDER_UNAVAILABLE' });
      expect(failure.retryInfo?.retryDelay).toBeDefined();
    });

    it('when results could not be told to the bus any more', async () => {
      await start({ overrides: { maxMessages: 1 } });
      gateway.bus.failure = new BusError('UNAVAILABLE', 'The broker is away');
      await calls.send([text()]);
      const failure = await failureOf(calls.send([text()]));
      expect(failure.code).toBe(status.UNAVAILABLE);
      expect(failure.errorInfo).toMatchObject({ reason: 'EVENTS_BLOCKED' });
    });
  });

  it('fails with RESOURCE_EXHAUSTED, a delay and the quota when the queue is full', async () => {
    await start({ overrides: { maxMessages: 2 } });
    provider.follow(() => 'never');
    const { call, ended } = calls.begin([text(), text({ phoneNumber: BOB })]);
    const cancelled = failureOf(ended);
    await until('a request', () => provider.requests.length > 0);
    const failure = await failureOf(calls.send([text()]));
    expect(failure.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(failure.errorInfo).toMatchObject({ reason: 'QUEUE_FULL' });
    expect(failure.retryInfo?.retryDelay).toBeDefined();
    expect(failure.quotaFailure?.violations).toMatchObject([{ subject: 'queue' }]);
    call.cancel();
    await cancelled;
  });

  describe('never writes afterwards what nobody waits for any more', () => {
    /** One request is held open, so that what is sent to the same recipient meanwhile waits behind it. */
    async function occupied(): Promise<{ release: () => void; first: Promise<unknown> }> {
      await start();
      const { promise, resolve } = Promise.withResolvers<void>();
      provider.follow(async (request) => {
        await promise;
        return provider.accept(request);
      });
      const first = calls.send([text({ text: { body: 'first' } })]);
      await until('the first request', () => provider.requests.length === 1);
      return { release: resolve, first };
    }

    /** What was put behind the unwanted message has been sent, so its own turn is over. */
    async function turnIsOver({ release, first }: Awaited<ReturnType<typeof occupied>>): Promise<void> {
      const last = calls.send([text({ text: { body: 'last' } })]);
      release();
      await Promise.all([first, last]);
      expect(provider.bodies).toEqual(['first', 'last']);
    }

    it('because the call was cancelled', async () => {
      const held = await occupied();
      const { call, ended } = calls.begin([text({ text: { body: 'cancelled' } })]);
      const failed = failureOf(ended);
      await until('the second call', () => gateway.messagesWaiting === 2);
      call.cancel();
      expect((await failed).code).toBe(status.CANCELLED);
      await until('the second call to be given up', () => gateway.messagesWaiting === 1);
      await turnIsOver(held);
    });

    it('because its deadline passed', async () => {
      const held = await occupied();
      const failure = await failureOf(calls.send([text({ text: { body: 'late' } })], { timeoutMs: 200 }));
      expect(failure.code).toBe(status.DEADLINE_EXCEEDED);
      await until('the second call to be given up', () => gateway.messagesWaiting === 1);
      await turnIsOver(held);
    });
  });

  it('turns an unforeseen error into INTERNAL: its text is for the log alone', async () => {
    await start();
    jest.spyOn(gateway.app.get(Sending), 'send').mockRejectedValue(new TypeError('what nobody foresaw'));
    const failure = await failureOf(calls.send([text()]));
    expect(failure).toEqual({ code: status.INTERNAL, message: 'internal error' });
    expect(gateway.logLines.filter((line) => line.includes('what nobody foresaw'))).toHaveLength(1);
  });
});
