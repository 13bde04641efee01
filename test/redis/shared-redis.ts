import { describe } from '@jest/globals';

/** Of the Redis that all suites share, under accounts of their own; empty when there is none. */
export const SHARED_REDIS_URL = process.env['REDIS_URL'] ?? '';

/** A suite that is skipped, test by test, when there is no such Redis. */
export const describeWithRedis = SHARED_REDIS_URL === '' ? describe.skip : describe;
