import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BusError } from '@parley/kafka';
import { ScriptedEndpoint } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import type { GatewaySetup } from '../gateway-under-test.ts';
import { GatewayHealth } from '../health/gateway-health.ts';
import { answerBeforeBody } from '../http/early-answer-under-test.ts';
import { documentOf, operationsOf, problemsOf } from './openapi-under-test.ts';
import type { Operation } from './openapi-under-test.ts';

const MIB = 1024 * 1024;
const SEND = 'POST /v1/conversational/send';
const CALLBACK = 'POST /callbacks/insider/{account}';
const TOKEN = 'token-of-the-provider';
const tokenSha256 = createHash('sha256').update('token-of-the-shop').digest('hex');
const CALLERS = { callers: [{ name: 'shop', tokenSha256, accounts: ['*'] }] };
const STATUS = { id: 'wamid.EXAMPLE', status: 'sent', timestamp: '1750030073', recipient_id: '15550001234' };

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
});

afterEach(async () => {
  await gateway.stop();
  await provider.close();
});

async function start({ variables, overrides, files }: Omit<GatewaySetup, 'provider'> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start({
    provider,
    variables: { CALLBACK_TOKENS: TOKEN, ...variables },
    // No callback waits for its message here.
    overrides: { callbackWaitMs: 0, ...overrides },
    ...(files && { files }),
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly body: unknown;
  readonly type: string | null | undefined;
  readonly retryAfter: string | null | undefined;
}

/** @param route `METHOD /path`, as the document has it; its parameters are filled in as `default` */
async function ask(route: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ');
  const response = await fetch(gateway.url + path.replaceAll(/\{\w+\}/g, 'default'), {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const type = response.headers.get('content-type');
  const text =
    type === 'text/event-stream' ? await response.body?.cancel().then(() => '') : await response.text();
  return {
    status: response.status,
    body: type?.startsWith('application/json') ? JSON.parse(text ?? '') : text,
    type,
    retryAfter: response.headers.get('retry-after'),
  };
}

async function announce(route: string, bytes: number): Promise<Answer> {
  const path = route.replace('POST ', '').replace('{account}', 'default');
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-length': bytes };
  const { status, body, answerHeaders } = await answerBeforeBody(gateway.url, path, headers);
  return { status, body, type: answerHeaders['content-type'], retryAfter: answerHeaders['retry-after'] };
}

function texts(...bodies: readonly string[]): object {
  return {
    messages: bodies.map((body) => ({
      phoneNumber: '+15550001234',
      message: { type: 'text', text: { body } },
    })),
  };
}

/** How each answer comes about: route, status, and what to do. */
const CASES: readonly (readonly [string, number, () => Promise<Answer>])[] = [
  [SEND, 200, after(start, () => ask(SEND, texts('one', 'two')))],
  [
    SEND,
    207,
    after(start, () => {
      provider.follow((request) =>
        request.messages.some(({ body }) => body === 'two')
          ? { status: 400, body: { error: { code: 2002, message: 'no' } } }
          : provider.accept(request),
      );
      return ask(SEND, texts('one', 'two'));
    }),
  ],
  [SEND, 400, after(start, () => ask(SEND, '{"messages":'))],
  [SEND, 400, after(start, () => ask(SEND, texts('')))],
  [
    SEND,
    400,
    after(start, () => {
      provider.follow(() => ({ status: 400, body: { error: { code: 2002, message: 'no' } } }));
      return ask(SEND, texts('one'));
    }),
  ],
  [SEND, 401, after(startWithCallers, () => ask(SEND, texts('one')))],
  [SEND, 413, after(start, () => announce(SEND, 33 * MIB))],
  [
    SEND,
    429,
    after(
      () => start({ overrides: { maxMessages: 1 } }),
      () => ask(SEND, texts('one', 'two')),
    ),
  ],
  [
    SEND,
    503,
    after(start, () => {
      provider.follow(() => ({ status: 401 }));
      return ask(SEND, texts('one'));
    }),
  ],
  [
    SEND,
    504,
    after(
      () => start({ variables: { AMBIGUOUS_SENDS: 'report' } }),
      () => {
        provider.follow(() => ({ status: 500 }));
        return ask(SEND, texts('one'));
      },
    ),
  ],
  [CALLBACK, 200, after(start, () => ask(CALLBACK, STATUS))],
  [CALLBACK, 200, after(start, () => ask(CALLBACK))],
  [CALLBACK, 200, after(start, () => ask(CALLBACK, 'nobody can read this'))],
  [CALLBACK, 401, after(start, () => ask(CALLBACK, STATUS, { authorization: 'Bearer another' }))],
  [
    CALLBACK,
    403,
    after(
      () => start({ variables: { CALLBACK_ALLOWED_IPS: '203.0.113.0/24' } }),
      () => ask(CALLBACK, STATUS),
    ),
  ],
  [CALLBACK, 413, after(start, () => announce(CALLBACK, 5 * MIB))],
  [
    CALLBACK,
    503,
    after(start, async () => {
      gateway.bus.failure = new BusError('UNAVAILABLE', 'no broker');
      const answer = await ask(CALLBACK, STATUS);
      gateway.bus.failure = undefined;
      return answer;
    }),
  ],
  ...['live', 'ready', 'startup'].flatMap((probe) => {
    const route = `GET /health/${probe}`;
    return [
      [route, 200, after(start, () => ask(route))] as const,
      [route, 503, after(startDown, () => ask(route))] as const,
    ];
  }),
  ['GET /metrics', 200, after(start, () => ask('GET /metrics'))],
  ['POST /dev/bus/{topic}', 202, after(startWithTopic, () => ask('POST /dev/bus/{topic}', { any: 1 }))],
  ['POST /dev/bus/{topic}', 400, after(start, () => ask('POST /dev/bus/{topic}', { any: 1 }))],
  ['GET /dev/bus/events', 200, after(start, () => ask('GET /dev/bus/events'))],
];

function after(begin: () => Promise<void>, provoke: () => Promise<Answer>): () => Promise<Answer> {
  return () => begin().then(provoke);
}

function startWithCallers(): Promise<void> {
  return start({
    variables: { CALLERS_FILE: '/callers.json' },
    files: { '/callers.json': JSON.stringify(CALLERS) },
  });
}

function startWithTopic(): Promise<void> {
  return start({ variables: { TOPIC_SEND: 'default' } });
}

/** One that has not begun, whose consumer is dead, and which leaves. */
async function startDown(): Promise<void> {
  await start();
  const health = gateway.app.get(GatewayHealth);
  health.leave();
  jest.spyOn(health, 'started').mockReturnValue({ gateway: { status: 'down', phase: 'starting' } });
  jest.spyOn(health, 'consumer').mockReturnValue({ consumer: { status: 'down' } });
}

describe('The documented answers', () => {
  it.each(CASES)('are what is answered: %s, %i (%#)', async (route, status, provoke) => {
    const answer = await provoke();
    const documented = (await operation(route)).responses[status];
    const [[type, { schema }] = ['none', { schema: {} }]] = Object.entries(documented?.content ?? {});
    expect(answer).toMatchObject({ status, type: expect.stringContaining(type) });
    expect(problemsOf(schema, answer.body)).toEqual([]);
    const retryAfter = documented?.headers?.['Retry-After'];
    if (retryAfter?.required) expect(answer.retryAfter).toMatch(/^[1-9]\d*$/);
    if (!retryAfter) expect(answer.retryAfter ?? null).toBeNull();
  });

  it('are all brought about here', async () => {
    await start();
    const documented = operationsOf(await documentOf(gateway.url)).flatMap(({ route, responses }) =>
      Object.keys(responses).map((status) => `${route} ${status}`),
    );
    const here = new Set(CASES.map(([route, status]) => `${route} ${status}`));
    expect(documented.sort()).toEqual([...here].sort());
  });

  it.each([SEND, CALLBACK])('to the documented requests are successes: %s', async (route) => {
    await start();
    const examples = Object.values((await operation(route)).requestBody?.content ?? {}).flatMap(
      ({ examples: named = {} }) => Object.values(named),
    );
    expect(examples).toHaveLength(2);
    for (const { value } of examples) expect(await ask(route, value)).toMatchObject({ status: 200 });
    expect(gateway.bus.on(gateway.topics.quarantine)).toEqual([]);
  });
});

async function operation(route: string): Promise<Operation> {
  const found = operationsOf(await documentOf(gateway.url)).find((each) => each.route === route);
  if (!found) throw new Error(`${route} is not documented`);
  return found;
}
