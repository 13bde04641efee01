import { randomUUID } from 'node:crypto';
import { TOPICS } from '@parley/contracts';
import type { TopicRole } from '@parley/contracts';
import { createTopics } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import { FaultyProvider } from '../faulty-provider.ts';
import { GatewayProcess } from '../gateway-process.ts';
import { textOf } from '../texts.ts';
import type { SentText } from './status-traffic.ts';

const CREATE_TOPICS_TIMEOUT_MS = 30_000;
const TEXTS_PER_CALL = 1_000;

export interface ReplicasOptions {
  /** Comma list of `host:port`. */
  readonly brokers: string;
  readonly redisUrl: string;
  readonly count: number;
  /** A file with the tokens that the callbacks may show, read at each start. @default none: they have one, `token` */
  readonly tokensFile?: string;
  /** Environment beside or instead of what all have. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Gateways that take the callbacks of one account, with topics, a provider and an account that nobody else uses. */
export class Replicas {
  readonly gateways: readonly GatewayProcess[];
  readonly provider: FaultyProvider;
  readonly token: string;
  readonly topics: Readonly<Record<TopicRole, string>>;

  private constructor(parts: Pick<Replicas, 'gateways' | 'provider' | 'token' | 'topics'>) {
    this.gateways = parts.gateways;
    this.provider = parts.provider;
    this.token = parts.token;
    this.topics = parts.topics;
  }

  static async start({ brokers, redisUrl, count, tokensFile, settings }: ReplicasOptions): Promise<Replicas> {
    const run = `callbacks-${randomUUID().slice(0, 8)}`;
    const token = randomUUID();
    const topics = Object.fromEntries(
      Object.entries(TOPICS).map(([role, name]) => [role, `${run}.${name}`]),
    ) as Record<TopicRole, string>;
    const specs = Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS }));
    // A broker that was just started may not know at once of a topic that it has created.
    const areCreated = (): Promise<boolean> => createTopics(brokers.split(','), specs).then(() => true);
    await waitUntil(areCreated, { signal: AbortSignal.timeout(CREATE_TOPICS_TIMEOUT_MS), everyMs: 200 });
    const provider = await FaultyProvider.listen();
    const setup = {
      providerUrl: provider.url,
      account: run,
      settings: {
        NODE_ENV: 'production',
        AUTH: 'off',
        ROLES: 'grpc,callbacks',
        LOG_LEVEL: 'info',
        KAFKA_BROKERS: brokers,
        REDIS_URL: redisUrl,
        ...(tokensFile === undefined ? { CALLBACK_TOKENS: token } : { CALLBACK_TOKENS_FILE: tokensFile }),
        INSIDER_RATE_LIMIT_PER_SECOND: '100',
        ...Object.fromEntries(
          Object.entries(topics).map(([role, topic]) => [`TOPIC_${role.toUpperCase()}`, topic]),
        ),
        ...settings,
      },
    };
    const starting = Array.from({ length: count }, () => GatewayProcess.start(setup));
    return new Replicas({ gateways: await Promise.all(starting), provider, token, topics });
  }

  /** Sends texts to each of so many recipients, so that their keys are known. In each recipient's order. */
  async sendTexts(recipients: number, textsEach: number): Promise<SentText[]> {
    const numbers = Array.from({ length: recipients }, () => textOf().phoneNumber);
    const texts = Array.from({ length: textsEach }, () =>
      numbers.map((phoneNumber) => textOf({ phoneNumber })),
    ).flat();
    for (let from = 0; from < texts.length; from += TEXTS_PER_CALL) {
      const end = await this.gateways[0]?.send(texts.slice(from, from + TEXTS_PER_CALL));
      const accepted = end?.kind === 'results' && end.results.every(({ outcome }) => outcome === 'ACCEPTED');
      if (!accepted) throw new Error('the texts were not all accepted', { cause: end });
    }
    return texts.map(({ messageId, phoneNumber }) => ({ key: `whatsapp-${messageId}`, phoneNumber }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await this.provider.close();
  }
}

const PARTITIONS = 3;
