import { randomUUID } from 'node:crypto';
import { TOPICS } from '@parley/contracts';
import { createTopics } from '@parley/kafka';
import { percentile } from '@parley/testing';
import { GatewayClient } from '@parley/testing/gateway-client';
import { postAtRate } from '../post-at-rate.ts';
import type { Posted } from '../post-at-rate.ts';
import { CALLBACK_TOKEN, startGateway } from '../gateway-process.ts';
import { Programs, canPin } from '../programs.ts';
import { startProvider } from '../provider-process.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { topicLength } from '../topic-length.ts';

const CALLBACKS_PER_SECOND = 3_000;
/** Offered: a little more, so that what is reached is not what was asked for. */
const OFFERED_PER_SECOND = 3_030;
const SECONDS = 20;
/** Not counted: a process that has just started compiles its code. */
const WARM_UP_SECONDS = 4;
const P99_MS = 250;
const STATUSES = ['sent', 'delivered', 'read'] as const;
const PARTITIONS = 12;
const MESSAGES_PER_CALL = 1_000;
const REQUESTS_PER_SECOND = 1_000;
const CREATE_TOPICS_TIMEOUT_MS = 30_000;

export const callbacks: Scenario = {
  name: 'callbacks',
  measures: `${OFFERED_PER_SECOND} callbacks a second of messages that were sent, to one gateway ${canPin ? 'on one core' : 'that could not be kept on one core'}`,
  needsKafka: true,
  run: async (context) => {
    const { posted, produced, warmUp } = await takeCallbacks(context);
    const taken = posted.filter(({ status }) => status >= 200 && status < 300);
    const fromMs = posted[0]?.dueAtMs ?? NaN;
    const untilMs = Math.max(...posted.map(({ answeredAtMs }) => answeredAtMs));
    const perSecond = taken.length / ((untilMs - fromMs) / 1_000);
    const tookMs = posted.map(({ dueAtMs, answeredAtMs }) => answeredAtMs - dueAtMs);
    const p99Ms = percentile(tookMs, 0.99);
    const refused = posted.length - taken.length;
    const missing = taken.length + warmUp - produced;
    return {
      rows: [
        {
          callbacks: posted.length,
          'callbacks/s': perSecond.toFixed(0),
          'p50 ms': percentile(tookMs, 0.5).toFixed(1),
          'p90 ms': percentile(tookMs, 0.9).toFixed(1),
          'p99 ms': p99Ms.toFixed(1),
          'max ms': percentile(tookMs, 1).toFixed(1),
          refused,
          'not on the topic': missing,
        },
      ],
      bars: [
        { what: 'callbacks/s', value: perSecond, atLeast: CALLBACKS_PER_SECOND },
        { what: 'p99 of a callback, ms,', value: p99Ms, below: P99_MS },
        { what: 'callbacks refused', value: refused, atMost: 0 },
        { what: 'callbacks not on the topic', value: missing, atMost: 0 },
      ],
    };
  },
};

interface Taken {
  readonly posted: readonly Posted[];
  /** Events on the status topic, with those of the warm-up. */
  readonly produced: number;
  /** Callbacks of the warm-up. */
  readonly warmUp: number;
}

async function takeCallbacks({ redisUrl, brokers, report, signal }: ScenarioContext): Promise<Taken> {
  const run = `bench-${randomUUID().slice(0, 8)}`;
  const [result, status] = [`${run}.${TOPICS.result}`, `${run}.${TOPICS.status}`];
  const specs = [result, status].map((topic) => ({ topic, partitions: PARTITIONS }));
  await createTopics(brokers.split(','), specs, { timeoutMs: CREATE_TOPICS_TIMEOUT_MS });
  const programs = new Programs(signal);
  try {
    const provider = await startProvider(programs, { limitPerSecond: REQUESTS_PER_SECOND });
    const gateway = await startGateway(programs, {
      redisUrl,
      providerUrl: provider.url,
      onOneCore: true,
      settings: {
        ROLES: 'grpc,callbacks',
        KAFKA_BROKERS: brokers,
        TOPIC_RESULT: result,
        TOPIC_STATUS: status,
        INSIDER_RATE_LIMIT_PER_SECOND: String(REQUESTS_PER_SECOND),
      },
      onWarning: (line) => report(`gateway warns: ${line}`),
    });
    const [warmUp, counted] = [WARM_UP_SECONDS, SECONDS].map((seconds) => seconds * OFFERED_PER_SECOND);
    if (warmUp === undefined || counted === undefined) throw new Error('nothing to post');
    const messages = await sendMessages(Math.ceil((warmUp + counted) / STATUSES.length), {
      address: gateway.grpc,
      run,
    });
    report(`${messages.length} messages sent`);
    const bodies = STATUSES.flatMap((name) => messages.map((message) => bodyOf(message, name)));
    const load = {
      url: `${gateway.http}/callbacks/insider/default`,
      headers: { authorization: `Bearer ${CALLBACK_TOKEN}` },
      perSecond: OFFERED_PER_SECOND,
      signal,
    };
    await postAtRate({ ...load, bodies: bodies.slice(0, warmUp) });
    report('warm');
    const posted = await postAtRate({ ...load, bodies: bodies.slice(warmUp, warmUp + counted) });
    return { posted, produced: await topicLength(brokers, status), warmUp };
  } finally {
    await programs.stop();
  }
}

interface SentMessage {
  readonly key: string;
  readonly phoneNumber: string;
}

async function sendMessages(
  count: number,
  { address, run }: { readonly address: string; readonly run: string },
): Promise<SentMessage[]> {
  const client = new GatewayClient(address);
  const sent: SentMessage[] = [];
  try {
    while (sent.length < count) {
      const texts = Array.from({ length: MESSAGES_PER_CALL }, (_, index) => {
        const id = `${run}-${sent.length + index}`;
        const phoneNumber = `+49151${String(sent.length + index).padStart(8, '0')}`;
        return { messageId: id, phoneNumber, text: { body: id } };
      });
      const end = await client.send(texts);
      if (end.kind === 'failed') throw new Error(`a call failed with ${end.code}`);
      for (const [index, { key }] of end.results.entries()) {
        sent.push({ key, phoneNumber: texts[index]?.phoneNumber ?? '' });
      }
    }
  } finally {
    client.close();
  }
  return sent;
}

function bodyOf({ key, phoneNumber }: SentMessage, status: (typeof STATUSES)[number]): string {
  const recipient = phoneNumber.slice(1);
  return JSON.stringify({
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
    statuses: [
      {
        id: `wamid.HBgL${key}`,
        status,
        timestamp: String(Math.floor(Date.now() / 1000)),
        recipient_id: recipient,
        pricing: {
          billable: false,
          pricing_model: 'PMP',
          type: 'free_customer_service',
          category: 'service',
        },
      },
    ],
    key,
  });
}
