import { describe } from '@jest/globals';
import { SHARED_KAFKA_BROKERS } from '../../kafka/shared-kafka.ts';
import { SHARED_REDIS_URL } from '../../redis/shared-redis.ts';

/** A suite that is skipped, test by test, when one of those that all suites share is missing. */
export const describeWithKafkaAndRedis =
  SHARED_KAFKA_BROKERS === '' || SHARED_REDIS_URL === '' ? describe.skip : describe;
