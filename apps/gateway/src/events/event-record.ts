import type { OutgoingRecord } from '@parley/kafka';

const SOURCE = '/parley/gateway';

/**
 * One of our events as a Kafka record: JSON, with the headers of the CloudEvents 1.0 Kafka binding in binary mode.
 * `id` is the same whenever the same thing is told again.
 */
export function eventRecord(event: {
  readonly topic: string;
  readonly type: string;
  readonly id: string;
  readonly time: string;
  /** The recipient's E.164 number, so that one recipient's events stay in order. */
  readonly key: string | null;
  readonly value: object;
}): OutgoingRecord {
  const { topic, type, id, time, key, value } = event;
  const headers = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: SOURCE,
    ce_type: type,
    ce_time: time,
  };
  return { topic, key, value: JSON.stringify(value), headers };
}
