import type { SpoolEvent } from '@parley/kafka';
import type { Metrics } from './metrics.ts';

/** Counts one event of the spool. How much waits is looked up when somebody asks. */
export function countSpoolEvent(metrics: Metrics, event: SpoolEvent): void {
  if (event.type === 'records-spooled') metrics.spooled.inc(event.count);
  if (event.type === 'records-drained') metrics.spoolDrained.inc(event.count);
}
