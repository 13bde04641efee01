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
  /** W3C trace context that the event belongs to. */
  readonly traceparent?: string | undefined;
  /** Of what the provider tells: whether its message was known. */
  readonly correlation?: 'matched' | 'unknown' | undefined;
}): OutgoingRecord {
  const { topic, type, id, time, key, value, traceparent, correlation } = event;
  const headers = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: SOURCE,
    ce_type: type,
    ce_time: time,
    ...(traceparent !== undefined && { traceparent }),
    ...(correlation !== undefined && { ce_correlation: correlation }),
  };
  return { topic, key, value: JSON.stringify(value), headers };
}
