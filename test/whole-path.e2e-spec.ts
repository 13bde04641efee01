import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONVERSATIONAL_PROTO, EVENT_TYPES, PROTO_FOLDER } from '@parley/contracts';
import type { ResultEvent, StatusEvent } from '@parley/contracts';
import { createKafkaBus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import { expectValidEvent } from '@parley/testing/event-schemas';
import { KafkaConsole } from './kafka-tools/console.ts';
import type { PrintedRecord } from './kafka-tools/console.ts';
import { preparePython } from './other-languages/python.ts';
import type { PreparedPython, Python } from './other-languages/python.ts';
import { createTopicsOf, planInstallation } from './processes/installation.ts';
import type { Installation } from './processes/installation.ts';
import { sandboxMessages } from './processes/sandbox-messages.ts';

const START_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 90_000;
const RECORD_TIMEOUT_MS = 20_000;

const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const STATUSES = ['accepted', 'sent', 'delivered', 'read'];

const brokers = process.env['KAFKA_BROKERS'] ?? '';
const classPath = process.env['PARLEY_KAFKA_CLASSPATH'] ?? '';
// The class path is known only where Java and Maven provide Kafka.
const hasKafkaTools = brokers !== '' && classPath !== '';
const describeWithKafkaTools = hasKafkaTools ? describe : describe.skip;
const prepared: PreparedPython = hasKafkaTools ? await preparePython() : { kind: 'absent', why: 'no Kafka' };
const describeWithPython = prepared.kind === 'ready' ? describe : describe.skip;

describeWithKafkaTools('The whole path, from gateway and sandbox as processes (needs Java and Maven)', () => {
  wholePath(brokers, new KafkaConsole({ brokers, classPath }));
});

function wholePath(brokers: string, kafka: KafkaConsole): void {
  let installation: Installation;

  beforeAll(async () => {
    installation = await planInstallation({ brokers });
    await Promise.all([installation.startSandbox(), createTopicsOf(installation, brokers)]);
    await installation.startGateway();
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await kafka.close();
    await installation.stop();
  }, START_TIMEOUT_MS);

  /** The records that tell of one message, read from the topic's beginning until there are `count` of them. */
  async function recordsOf<Role extends keyof Events>(
    messageId: string,
    { role, count }: { readonly role: Role; readonly count: number },
  ): Promise<(PrintedRecord & { readonly event: Events[Role] })[]> {
    const ofMessage = (records: readonly PrintedRecord[]): (PrintedRecord & { event: Events[Role] })[] =>
      records
        .map((record) => ({ ...record, event: JSON.parse(record.value.toString()) as Events[Role] }))
        .filter(({ event }) => event.messageId === messageId);
    return ofMessage(
      await kafka.consume(installation.topics[role], {
        enough: (records) => ofMessage(records).length >= count,
        timeoutMs: RECORD_TIMEOUT_MS,
      }),
    );
  }

  /** What the topics show about one accepted message. */
  async function expectEvents(sent: Sent): Promise<void> {
    const { messageId, phoneNumber, metadata, source } = sent;
    const [result] = await recordsOf(messageId, { role: 'result', count: 1 });
    expect(result?.event).toEqual({
      messageId,
      account: 'default',
      phoneNumber,
      outcome: 'ACCEPTED',
      key: expect.stringMatching(/./),
      duplicate: false,
      attempts: 1,
      source,
      time: expect.stringMatching(RFC_3339_UTC),
      metadata,
    });
    expect(result?.key).toBe(phoneNumber);
    expect(result?.headers).toMatchObject(cloudEvent(EVENT_TYPES.result, result?.event.time));
    if (result) expectValidEvent('result', result);

    const statuses = await recordsOf(messageId, { role: 'status', count: STATUSES.length });
    expect(statuses.map(({ event }) => event.status)).toEqual(STATUSES);
    for (const status of statuses) {
      const { event, key, headers } = status;
      expectValidEvent('status', status);
      expect(event).toMatchObject({
        account: 'default',
        phoneNumber,
        key: result?.event.key,
        wamid: expect.stringMatching(/^wamid\./),
        time: expect.stringMatching(RFC_3339_UTC),
        receivedTime: expect.stringMatching(RFC_3339_UTC),
        metadata,
        provider: { key: result?.event.key },
      });
      expect(key).toBe(phoneNumber);
      expect(headers).toMatchObject(cloudEvent(EVENT_TYPES.status, event.time));
    }
    expect(new Set(statuses.map(({ headers }) => headers['ce_id'])).size).toBe(STATUSES.length);
  }

  it(
    'takes a record of Kafka’s console producer, a plain JSON value without headers',
    async () => {
      const sent = {
        messageId: `console-${randomUUID()}`,
        phoneNumber: '+14155550101',
        metadata: { team: 'events', note: 'Grüße, 世界' },
        source: 'kafka',
      } as const;
      const { messageId, phoneNumber, metadata } = sent;
      const event = { messageId, phoneNumber, text: { body: `Hello over Kafka ${messageId}` }, metadata };
      const { topics, groupId, sandboxUrl } = installation;

      await kafka.produce(topics.send, [{ key: phoneNumber, value: JSON.stringify(event) }]);

      await expectEvents(sent);
      const received = await sandboxMessages(sandboxUrl);
      expect(received.filter((message) => message.phoneNumber === phoneNumber)).toMatchObject([
        { body: event.text.body },
      ]);

      await waitUntil(
        async () => {
          const partitions = await kafka.describeGroup(groupId);
          const written = partitions.filter(({ topic, endOffset }) => topic === topics.send && endOffset > 0);
          return written.length === 1 && written.every(({ lag }) => lag === 0);
        },
        { signal: AbortSignal.timeout(RECORD_TIMEOUT_MS), everyMs: 500 },
      );
      const run = groupId.split('.', 1)[0] ?? '';
      expect((await kafka.listGroups()).filter((group) => group.includes(run))).toEqual([groupId]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'puts an unreadable record aside byte for byte with its story, and goes on',
    async () => {
      const { topics } = installation;
      const phoneNumber = '+14155550109';
      const unknownNumber = `{ "phoneNumber":"12",  "messageId":"bad-1", "text":{"body":"ü😀"}, "more": [1.0] }`;
      const notText = Buffer.from([0x7b, 0xff, 0x00, 0xfe, 0x09, 0x7d]);
      await kafka.produce(topics.send, [{ key: phoneNumber, value: unknownNumber }]);
      // What a console producer cannot write: bytes that are no text, and headers.
      const bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'e2e' });
      await bus.send([
        { topic: topics.send, key: phoneNumber, value: notText, headers: { trace: 'of-the-producer' } },
      ]);
      await bus.close();

      const letters = await kafka.consume(topics.dlq, {
        enough: (records) => records.length >= 2,
        timeoutMs: RECORD_TIMEOUT_MS,
      });
      expect(letters.map(({ key }) => key)).toEqual([phoneNumber, phoneNumber]);
      expect(letters.map(({ value }) => value.toString('hex'))).toEqual([
        Buffer.from(unknownNumber).toString('hex'),
        notText.toString('hex'),
      ]);
      for (const letter of letters) expectValidEvent('dlq', letter);
      const story = {
        'dlq-message': expect.stringMatching(/./),
        'dlq-original-topic': topics.send,
        'dlq-original-partition': expect.stringMatching(/^\d+$/),
        'dlq-original-offset': expect.stringMatching(/^\d+$/),
        'dlq-time': expect.stringMatching(RFC_3339_UTC),
      };
      expect(letters[0]?.headers).toEqual({ ...story, 'dlq-reason': 'PHONE_NUMBER_INVALID' });
      expect(letters[1]?.headers).toEqual({
        ...story,
        'dlq-reason': 'RECORD_INVALID',
        trace: 'of-the-producer',
      });
      expect(Number(letters[1]?.headers['dlq-original-offset'])).toBe(
        Number(letters[0]?.headers['dlq-original-offset']) + 1,
      );
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'tells of a message within the trace that its record came with, in every event',
    async () => {
      const messageId = `traced-${randomUUID()}`;
      const phoneNumber = '+14155550108';
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const value = JSON.stringify({ messageId, phoneNumber, text: { body: `Traced ${messageId}` } });
      const bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'e2e' });
      await bus.send([
        { topic: installation.topics.send, key: phoneNumber, value, headers: { traceparent } },
      ]);
      await bus.close();

      const events = [
        ...(await recordsOf(messageId, { role: 'result', count: 1 })),
        ...(await recordsOf(messageId, { role: 'status', count: STATUSES.length })),
      ];
      const traces = events.map(({ headers }) => headers['traceparent']);
      expect(traces).toEqual(Array.from({ length: 1 + STATUSES.length }, () => traceparent));
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps a callback that nobody can read, byte for byte, with why, whose and when',
    async () => {
      const body = '{"statuses": [ {"status":"ü😀"  }';
      const answer = await fetch(`${installation.gatewayUrl}/callbacks/insider/default`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${installation.callbackToken}`,
          'content-type': 'application/json',
        },
        body,
        signal: AbortSignal.timeout(RECORD_TIMEOUT_MS),
      });
      expect(answer.status).toBe(200);

      const [kept] = await kafka.consume(installation.topics.quarantine, {
        enough: (records) => records.length >= 1,
        timeoutMs: RECORD_TIMEOUT_MS,
      });
      expect(kept?.value.toString('hex')).toBe(Buffer.from(body).toString('hex'));
      expect(kept?.headers).toEqual({
        'quarantine-reason': expect.stringMatching(/./),
        'quarantine-account': 'default',
        'quarantine-time': expect.stringMatching(RFC_3339_UTC),
      });
      // The console consumer's word for none.
      expect(kept?.key).toBe('null');
      if (kept) expectValidEvent('quarantine', { ...kept, key: null });
    },
    TEST_TIMEOUT_MS,
  );

  const missing = prepared.kind === 'absent' ? ` (skipped: ${prepared.why})` : '';
  describeWithPython(`A Python client, with stubs made from the proto${missing}`, pythonClient);

  function pythonClient(): void {
    let stubs: string;

    beforeAll(async () => {
      stubs = await mkdtemp(join(tmpdir(), 'parley-stubs-'));
      const out = [`--python_out=${stubs}`, `--grpc_python_out=${stubs}`];
      await python().run(['-m', 'grpc_tools.protoc', '-I', PROTO_FOLDER, ...out, CONVERSATIONAL_PROTO]);
    }, TEST_TIMEOUT_MS);

    afterAll(() => rm(stubs, { recursive: true, force: true }));

    async function call(request: object): Promise<unknown> {
      const program = join(import.meta.dirname, 'other-languages/send.py');
      return JSON.parse(
        await python().run([program, stubs, installation.grpcAddress], JSON.stringify(request)),
      );
    }

    it(
      'sends, and the events of each message carry its id and metadata',
      async () => {
        const sent = ['+14155550102', '+14155550103'].map((phoneNumber) => ({
          messageId: `python-${randomUUID()}`,
          phoneNumber,
          metadata: { team: 'python', phone: `…${phoneNumber.slice(-2)}` },
          source: 'grpc' as const,
        }));
        const [first, second] = sent.map(({ messageId, phoneNumber, metadata }) => ({
          messageId,
          phoneNumber,
          metadata,
          text: { body: `Hello over gRPC ${messageId}` },
        }));
        const unsendable = { messageId: 'no-number', phoneNumber: '12', text: { body: 'Hello' } };

        expect(await call({ messages: [first, unsendable, second] })).toEqual({
          results: [
            {
              messageId: first?.messageId,
              outcome: 'SEND_OUTCOME_ACCEPTED',
              key: expect.stringMatching(/./),
            },
            {
              messageId: 'no-number',
              outcome: 'SEND_OUTCOME_REJECTED',
              error: { reason: 'PHONE_NUMBER_INVALID', message: expect.stringMatching(/phone_number/) },
            },
            {
              messageId: second?.messageId,
              outcome: 'SEND_OUTCOME_ACCEPTED',
              key: expect.stringMatching(/./),
            },
          ],
        });

        const bodies = (await sandboxMessages(installation.sandboxUrl)).map(({ body }) => body);
        expect(bodies).toEqual(expect.arrayContaining([first?.text.body, second?.text.body]));
        for (const each of sent) await expectEvents(each);
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'reads which fields are wrong when no message can be sent',
      async () => {
        const messages = [
          { phoneNumber: '12', text: { body: 'Hello' } },
          { phoneNumber: '+14155550104', text: { body: '' } },
        ];
        expect(await call({ messages })).toEqual({
          code: 'INVALID_ARGUMENT',
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.BadRequest',
              fieldViolations: [
                expect.objectContaining({
                  field: 'messages[0].phone_number',
                  reason: 'PHONE_NUMBER_INVALID',
                }),
                expect.objectContaining({ field: 'messages[1].text.body', reason: 'BODY_EMPTY' }),
              ],
            },
          ],
        });
      },
      TEST_TIMEOUT_MS,
    );
  }
}

interface Events {
  readonly result: ResultEvent;
  readonly status: StatusEvent;
}

interface Sent {
  readonly messageId: string;
  readonly phoneNumber: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly source: ResultEvent['source'];
}

function python(): Python {
  if (prepared.kind === 'absent') throw new Error(prepared.why);
  return prepared.python;
}

/** The CloudEvents headers of a record, with the time that its value tells. */
function cloudEvent(type: string, time: string | undefined): Record<string, unknown> {
  return {
    ce_specversion: '1.0',
    ce_id: expect.stringMatching(/./),
    ce_source: expect.stringMatching(/./),
    ce_type: type,
    ce_time: time,
    'content-type': 'application/json',
  };
}
