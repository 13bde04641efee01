import { describe } from '@jest/globals';

/** Comma list of the brokers that all suites share, under topics of their own; empty when there are none. */
export const SHARED_KAFKA_BROKERS = process.env['KAFKA_BROKERS'] ?? '';

/** A suite that is skipped, test by test, when there are none. */
export const describeWithKafka = SHARED_KAFKA_BROKERS === '' ? describe.skip : describe;
