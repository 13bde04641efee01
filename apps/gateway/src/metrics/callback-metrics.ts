import type { IntakeEvent } from '@parley/delivery';
import type { Metrics } from './metrics.ts';

/** Counts one event of the intake of callbacks. */
export function countIntakeEvent(metrics: Metrics, event: IntakeEvent): void {
  const { account } = event;
  switch (event.kind) {
    case 'store-failed':
      metrics.storeFailures.inc({ account, step: event.step });
      break;
    case 'news-taken':
      metrics.newsRepeated.inc({ account }, event.duplicates);
      break;
    case 'news-told':
      metrics.newsTold.inc({ account, correlation: 'unknown' }, event.uncorrelated);
      metrics.newsTold.inc({ account, correlation: 'matched' }, event.told - event.uncorrelated);
      break;
  }
}
