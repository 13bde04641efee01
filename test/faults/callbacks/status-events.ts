import type { StatusEvent } from '@parley/contracts';
import { topicRecords } from './topic-records.ts';
import type { TopicRecord } from './topic-records.ts';

/** A record of the status topic. */
export interface ToldStatus extends TopicRecord {
  readonly event: StatusEvent;
}

/** Everything on the status topic at this moment, see {@link topicRecords}. */
export async function statusEvents(
  brokers: string,
  topic: string,
  options: Parameters<typeof topicRecords>[2] = {},
): Promise<ToldStatus[]> {
  const records = await topicRecords(brokers, topic, options);
  return records.map((record) => ({ ...record, event: JSON.parse(record.value) as StatusEvent }));
}
