import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ResultEvent, SendEvent } from '@parley/contracts';
import { createKafkaBus } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import { createTopicsOf, planInstallation } from './processes/installation.ts';
import type { Installation } from './processes/installation.ts';
import { sandboxMessages } from './processes/sandbox-messages.ts';

const SETUP_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 120_000;
const WAIT_TIMEOUT_MS = 30_000;

const brokers = process.env['KAFKA_BROKERS'];
const describeWithKafka = brokers === undefined ? describe.skip : describe;

describeWithKafka('Records across restarts of the gateway (needs KAFKA_BROKERS)', () =>
  acrossRestarts(brokers ?? ''),
);

function acrossRestarts(brokers: string): void {
  let installation: Installation;
  let bus: Bus;
  let results: ResultEvent[];

  beforeEach(async () => {
    results = [];
    bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'e2e' });
    // 20 messages in a second: slow enough to stop in the middle.
    const gatewaySettings = { INSIDER_RATE_LIMIT_PER_SECOND: '4', INSIDER_MAX_MESSAGES_PER_REQUEST: '5' };
    installation = await planInstallation({ brokers, gatewaySettings });
    await Promise.all([installation.startSandbox(), createTopicsOf(installation, brokers)]);
    const subscription = { groupId: `${installation.groupId}.reader`, topics: [installation.topics.result] };
    bus.consume(subscription, {
      assigned: () => undefined,
      rebalancing: () => undefined,
      received: ({ records }) => {
        for (const { value } of records) results.push(JSON.parse(String(value)) as ResultEvent);
      },
    });
  }, SETUP_TIMEOUT_MS);

  afterEach(async () => {
    await installation.stop();
    await bus.close();
  }, SETUP_TIMEOUT_MS);

  async function produce(events: readonly SendEvent[]): Promise<void> {
    const { topics } = installation;
    await bus.send(
      events.map((event) => ({ topic: topics.send, key: event.phoneNumber, value: JSON.stringify(event) })),
    );
  }

  async function bodies(): Promise<string[]> {
    return (await sandboxMessages(installation.sandboxUrl)).map(({ body }) => body);
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const signal = AbortSignal.timeout(WAIT_TIMEOUT_MS);
    await waitUntil(async () => condition(), { signal, everyMs: 50 });
  }

  it(
    'are sent when they came while it was down, and not again once they are settled',
    async () => {
      const [first, second] = ['first', 'second'].map((messageId) => ({
        messageId,
        // One recipient: were the first sent again, it would be before the second.
        phoneNumber: '+14155550110',
        text: { body: messageId },
      })) as [SendEvent, SendEvent];

      await produce([first]);
      const gateway = await installation.startGateway();
      await until(() => results.length === 1);
      expect(await gateway.stop()).toEqual({ exitCode: 0, signal: null });

      await produce([second]);
      await installation.startGateway();
      await until(() => results.length === 2);
      expect(results.map(({ messageId, duplicate }) => [messageId, duplicate])).toEqual([
        ['first', false],
        ['second', false],
      ]);
      expect(await bodies()).toEqual(['first', 'second']);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are each sent once when SIGTERM comes in the middle of many',
    async () => {
      const events = Array.from({ length: 100 }, (_, index) => ({
        messageId: `many-${index}`,
        phoneNumber: `+141555502${String(index % 50).padStart(2, '0')}`,
        text: { body: `many-${index}` },
      }));
      await produce(events);
      const gateway = await installation.startGateway();
      await until(async () => (await bodies()).length >= 10);

      expect(await gateway.stop()).toEqual({ exitCode: 0, signal: null });

      // Nothing half done: for each message that was sent, the result event had been acknowledged.
      const sent = await bodies();
      expect(sent.length).toBeLessThan(events.length);
      await until(() => results.length >= sent.length);
      expect(results.map(({ messageId }) => messageId).sort()).toEqual(sent.toSorted());

      await installation.startGateway();
      await until(() => results.length >= events.length);
      expect((await bodies()).sort()).toEqual(events.map(({ text }) => text.body).sort());
      expect(results).toHaveLength(events.length);
    },
    TEST_TIMEOUT_MS,
  );
}
