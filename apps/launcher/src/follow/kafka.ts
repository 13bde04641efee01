import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { eventLine } from './event-line.ts';
import { FOLLOWED_ROLES, roleOfTopic } from './followed-roles.ts';
import type { FollowOptions } from './followed-roles.ts';

const JOIN_TIMEOUT_MS = 10_000;
// How long a stop may have to wait for the fetch that is under way.
const FETCH_WAIT_MS = 250;

/** Prints each event that comes to the topics from now on, until `stop`. Resolves once it is listening. */
export async function followKafka(
  options: FollowOptions & { readonly brokers: string; readonly signal: AbortSignal },
): Promise<{ stop(): Promise<void> }> {
  const { brokers, topics, print, signal } = options;
  const kafka = new Kafka({
    clientId: 'parley-launcher',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  // A group of its own that commits nothing: the broker forgets it when the launcher leaves.
  const consumer = kafka.consumer({
    groupId: `parley-launcher-${randomUUID()}`,
    maxWaitTimeInMs: FETCH_WAIT_MS,
  });
  const listening = Promise.withResolvers<undefined>();
  let joined = false;
  consumer.on('consumer.group_join', () => {
    joined = true;
    listening.resolve(undefined);
  });
  consumer.on('consumer.crash', ({ payload }) => {
    // A broker that has just started loads its groups first; the client tries again, and nobody missed anything yet.
    if (joined) print(`events are not shown for a while: ${payload.error.message}`);
  });
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(JOIN_TIMEOUT_MS)]);
  const giveUp = (): void => listening.reject(deadline.reason);
  listening.promise.catch(() => undefined); // it may come while the consumer still connects, before anybody waits here
  deadline.addEventListener('abort', giveUp);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: FOLLOWED_ROLES.map((role) => topics[role]), fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ topic, message }) => {
        const role = roleOfTopic(topics, topic);
        if (role && message.value) print(eventLine(role, message.value.toString()));
        return Promise.resolve();
      },
    });
    await listening.promise;
  } catch (error) {
    await consumer.disconnect();
    throw error;
  } finally {
    deadline.removeEventListener('abort', giveUp);
  }
  return { stop: () => consumer.disconnect() };
}
