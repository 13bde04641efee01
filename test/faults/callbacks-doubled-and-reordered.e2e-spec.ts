import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StatusEvent } from '@parley/contracts';
import { seededRandom } from '@parley/testing';
import { SHARED_KAFKA_BROKERS, describeWithKafka } from '../kafka/shared-kafka.ts';
import { SHARED_REDIS_URL, describeWithRedis } from '../redis/shared-redis.ts';
import { postCallback } from './callbacks/callback-poster.ts';
import { permutations, wavesOfCopies } from './callbacks/copies.ts';
import type { Copy } from './callbacks/copies.ts';
import { Replicas } from './callbacks/replicas.ts';
import { bodyOf, idOf } from './callbacks/status-callback.ts';
import { statusEvents } from './callbacks/status-events.ts';
import type { ToldStatus } from './callbacks/status-events.ts';
import type { SentText } from './callbacks/status-traffic.ts';

const STATUSES = ['sent', 'delivered', 'read', 'failed'] as const;
const ORDERS = permutations(STATUSES);
const MESSAGES_PER_ORDER = 2;
const MOST_POSTS = 5;
/** Behind it no state may come that stands before it here. */
const RANKS = ['UNSPECIFIED', 'ACCEPTED', 'SENT', 'FAILED', 'DELIVERED', 'READ'];
const START_TIMEOUT_MS = 120_000;

const describeWithBoth = describeWithKafka === describe ? describeWithRedis : describe.skip;

describeWithBoth(
  'Statuses in every order, with up to 11 copies at two gateways (needs KAFKA_BROKERS, REDIS_URL)',
  inEveryOrder,
);

function inEveryOrder(): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let replicas: Replicas;
  let told: readonly ToldStatus[];
  const stories: Story[] = [];

  beforeAll(async () => {
    replicas = await Replicas.start({ brokers: SHARED_KAFKA_BROKERS, redisUrl: SHARED_REDIS_URL, count: 2 });
    const texts = await replicas.sendTexts(ORDERS.length * MESSAGES_PER_ORDER, 1);
    const random = seededRandom(seed);
    stories.push(
      ...texts.map((text, index) => {
        const waves = wavesOfCopies(ORDERS[index % ORDERS.length] ?? [], random);
        return { text, waves, answers: [], states: [], history: [] };
      }),
    );
    await Promise.all(stories.map(tellStory));
    told = await statusEvents(SHARED_KAFKA_BROKERS, replicas.topics.status);
    const posts = stories.flatMap(({ answers }) => answers).length;
    process.stdout.write(
      `${JSON.stringify({ seed, messages: stories.length, posts, events: told.length })}\n`,
    );
  }, START_TIMEOUT_MS);

  afterAll(() => replicas.stop(), START_TIMEOUT_MS);

  /** Posts its waves one after the other, and asks for its state beside each and behind it. */
  async function tellStory(story: Story): Promise<void> {
    const { text, waves, answers, states } = story;
    const seen = new Set<string>();
    for (const wave of waves) {
      const posts = wave.map((copy) =>
        post(text, copy, { withoutKey: seen.has(copy.status) && copy.copy % 2 === 0 }),
      );
      states.push(await stateOf(text, wave.length));
      answers.push(...(await Promise.all(posts)));
      for (const { status } of wave) seen.add(status);
      states.push(await stateOf(text, wave.length + 1));
    }
    story.history = (await replicas.gateways[0]?.message(text.key))?.history ?? [];
  }

  /** Again when a copy at the other gateway took longer than this one may wait for it, as the provider would. */
  async function post(
    text: SentText,
    { status, copy }: Copy,
    { withoutKey }: { withoutKey: boolean },
  ): Promise<number> {
    const body = bodyOf({ ...text, status }, { copy, withoutKey });
    const url = replicas.gateways[copy % replicas.gateways.length]?.callbacksUrl ?? '';
    for (let times = 1; ; times += 1) {
      const answer = await postCallback(url, { body, token: replicas.token });
      if (answer !== 503 || times === MOST_POSTS) return answer;
    }
  }

  async function stateOf({ key }: SentText, index: number): Promise<string> {
    const state = await replicas.gateways[index % replicas.gateways.length]?.message(key);
    return state?.status ?? 'UNSPECIFIED';
  }

  it('are all answered 200', () => {
    expect(new Set(stories.flatMap(({ answers }) => answers))).toEqual(new Set([200]));
  });

  it('are told once each', () => {
    const expected = stories.flatMap(({ text }) => STATUSES.map((status) => idOf({ ...text, status })));
    expect(told.map(({ event }) => idOf(event)).toSorted()).toEqual(expected.toSorted());
    expect(new Set(told.map(({ headers }) => headers['ce_id'])).size).toBe(expected.length);
  });

  it('are told from the first copy, or one that came at the same time', () => {
    const firsts = new Map(
      stories.flatMap(({ text, waves }) =>
        STATUSES.map((status) => {
          const wave = waves.find((copies) => copies.some((copy) => copy.status === status)) ?? [];
          const copies = wave.filter((copy) => copy.status === status).map(({ copy }) => copy);
          return [idOf({ ...text, status }), copies] as const;
        }),
      ),
    );
    const late = told
      .map(({ event }) => event)
      .filter((event) => !firsts.get(idOf(event))?.includes(copyOf(event)));
    expect(late.map(idOf)).toEqual([]);
  });

  it('never move the state of a message backwards, whichever gateway is asked', () => {
    const regressions = stories
      .map(({ states }) => states)
      .filter((states) => {
        const ranks = states.map((state) => RANKS.indexOf(state));
        return ranks.some((rank, index) => rank < Math.max(...ranks.slice(0, index + 1)));
      });
    expect(regressions).toEqual([]);
    expect(new Set(stories.map(({ states }) => states.at(-1)))).toEqual(new Set(['READ']));
  });

  it('are in the history once each, failed beside delivered', () => {
    const histories = stories.map(({ history }) => history.map(({ status }) => status).toSorted());
    expect(new Set(histories.map(String))).toEqual(new Set(['DELIVERED,FAILED,READ,SENT']));
  });
}

/** Which of the copies an event was made from. */
function copyOf({ provider }: StatusEvent): number {
  const { statuses } = provider as { statuses: { copy: number }[] };
  return statuses[0]?.copy ?? NaN;
}

/** One message, and what was seen of it. */
interface Story {
  readonly text: SentText;
  readonly waves: readonly (readonly Copy[])[];
  /** Statuses of the answers to its callbacks. */
  readonly answers: number[];
  /** Its states, in the order in which they were asked for. */
  readonly states: string[];
  history: readonly { readonly status: string }[];
}
