import type { StatusEvent } from '@parley/contracts';
import { topicRecords } from './topic-records.ts';
import type { TopicRecord } from './topic-records.ts';

/** A record of the status topic. */
export interface ToldStatus extends TopicRecord {
  readonly event: StatusEvent;
}

/** Everything on the status topic at this moment; of each partition in its order. */
export async function statusEvents(brokers: string, topic: string): Promise<ToldStatus[]> {
  const records = await topicRecords(brokers, topic);
  return records.map((record) => ({ ...record, event: JSON.parse(record.value) as StatusEvent }));
}
