import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboundEvent, StatusEvent } from '@parley/contracts';
import { parseCallback } from '@parley/insider';
import type { CallbackEvent, StatusCallback } from '@parley/insider';
import type { OutgoingRecord } from '@parley/kafka';
import { CALLBACK_BODIES, propertyRuns, ScriptedEndpoint } from '@parley/testing';
import { mutatedJson } from '@parley/testing/mutated-json';
import fc from 'fast-check';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { readJsonBody } from '../http/json-body.ts';

const BODIES = propertyRuns(4_000);
const AT_ONCE = 1_000;
const MAX_RUN_MS = 60_000 + 5 * BODIES;
const TOKEN = 'token-of-the-provider';

/** Valid bodies in which something went wrong. */
const mutated = mutatedJson(fc.constantFrom(...Object.values(CALLBACK_BODIES)), { atMost: 3 }).map((body) =>
  JSON.stringify(body ?? null),
);

const body = fc.oneof(
  { weight: 14, arbitrary: mutated.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: mutated.map((text) => Buffer.from(text, 'latin1')) },
  { weight: 1, arbitrary: mutated.map((text) => Buffer.from(text.slice(0, -1))) },
);

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({
    provider,
    variables: { CALLBACK_TOKENS: TOKEN, LOG_LEVEL: 'fatal' },
    overrides: { callbackWaitMs: 100 },
  });
});

afterEach(async () => {
  await provider.close();
  await gateway.stop();
});

interface Post {
  readonly body: Buffer;
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

/** The status of the answer. */
async function post({ body: payload, headers, query = '' }: Post): Promise<number> {
  const response = await gateway.app.inject({
    method: 'POST',
    url: `/callbacks/insider/default${query}`,
    headers: headers ?? { authorization: `Bearer ${TOKEN}` },
    payload,
  });
  return response.statusCode;
}

/** Some of the bodies, repeatable by the seed. No two that are valid tell of the same message. */
function sample(count: number, seed: number): Buffer[] {
  return fc.sample(body, { numRuns: count, seed }).map((each, index) => {
    const text = each.toString('latin1');
    return Buffer.from(
      text.replace(/wamid\.|whatsapp-(?=6)/g, (found) => `${found}${index}-`),
      'latin1',
    );
  });
}

/** What is on the topics, each by what tells it from others. */
function told(): ReadonlySet<string> {
  const { status, inbound, quarantine } = gateway.topics;
  return new Set([
    ...gateway.events<StatusEvent>(status).flatMap(namesOfStatus),
    ...gateway.events<InboundEvent>(inbound).map(({ wamid }) => `inbound ${wamid}`),
    ...bodiesOf(gateway.bus.on(quarantine)).map(bytesOf),
  ]);
}

function bytesOf(kept: Buffer): string {
  return `quarantined ${kept.toString('latin1')}`;
}

/** What was kept, large ones put together again. */
function bodiesOf(records: readonly OutgoingRecord[]): Buffer[] {
  const byBody = Map.groupBy(records, ({ headers }) => headers?.['quarantine-id'] ?? Symbol('alone'));
  return [...byBody.values()].map((parts) =>
    Buffer.concat(parts.map(({ value }) => Buffer.from(value ?? ''))),
  );
}

function namesOfStatus({ key, wamid, status }: StatusEvent | StatusCallback): string[] {
  return [key, wamid].filter((id) => id !== undefined && id !== '').map((id) => `${status} ${id}`);
}

function namesOf(event: CallbackEvent): string[] {
  return event.kind === 'inbound' ? [`inbound ${event.wamid}`] : namesOfStatus(event);
}

/** For each thing that a body says, the names of which one has to be told. */
function expectedOf(each: Buffer): string[][] {
  // The question whether the address is alive.
  if (each.length === 0) return [];
  const quarantined = [bytesOf(each)];
  const json = readJsonBody(each);
  if (json.kind === 'undecodable') return [quarantined];
  const parsed = parseCallback(json.value);
  if (parsed.kind === 'ignored') return [];
  if (parsed.kind === 'unreadable') return [quarantined];
  return [...parsed.events.map(namesOf), ...(parsed.unread.length > 0 ? [quarantined] : [])];
}

// The test runner fails a test in which a rejection is not handled or an exception not caught.
describe(`POST /callbacks/insider/{account}, over ${BODIES.toLocaleString('en')} bodies that no one would send on purpose`, () => {
  const seed = Date.now() >>> 0;

  it(
    `answers 200 to each with a token, and tells or keeps everything it says (seed ${seed})`,
    async () => {
      const bodies = sample(BODIES, seed);
      for (let from = 0; from < bodies.length; from += AT_ONCE) {
        const some = bodies.slice(from, from + AT_ONCE);
        const answers = await Promise.all(some.map((each) => post({ body: each })));
        // Of two bodies with the same news at the same time, one has to come again.
        const again = some.filter((_, index) => answers[index] === 503);
        expect(new Set(answers.filter((answer) => answer !== 503))).toEqual(new Set([200]));
        expect(again.length).toBeLessThan(AT_ONCE / 10);
        for (const each of again) expect(await post({ body: each })).toBe(200);
      }
      const found = told();
      const missing = bodies.filter((each) =>
        expectedOf(each).some((names) => !names.some((name) => found.has(name))),
      );
      expect(missing.map(String)).toEqual([]);
      expect(gateway.bus.on(gateway.topics.status).length).toBeGreaterThan(BODIES / 20);
      expect(gateway.bus.on(gateway.topics.quarantine).length).toBeGreaterThan(BODIES / 20);
    },
    MAX_RUN_MS,
  );

  it(
    `answers 401 to each without a token, and keeps none (seed ${seed})`,
    async () => {
      const impostors: readonly Omit<Post, 'body'>[] = [
        { headers: {} },
        { headers: { authorization: '' } },
        { headers: { authorization: TOKEN } },
        { headers: { authorization: `Bearer ${TOKEN.toUpperCase()}` } },
        { headers: { authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` } },
        { headers: { authorization: 'Bearer token-of-nobody' } },
        { headers: { 'x-token': TOKEN } },
        { headers: {}, query: `?token=${TOKEN}&access_token=${TOKEN}&authorization=Bearer%20${TOKEN}` },
      ];
      const posts = sample(BODIES, seed).map((each, index) => ({
        body: each,
        ...impostors[index % impostors.length],
      }));
      expect(new Set(await Promise.all(posts.map(post)))).toEqual(new Set([401]));
      expect(told().size).toBe(0);
    },
    MAX_RUN_MS,
  );
});
