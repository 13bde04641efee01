import type { ConsumerEvent, ConsumerState } from '@parley/kafka';
import type { Metrics } from './metrics.ts';

/** Counts one event of the consumer. */
export function countConsumerEvent(metrics: Metrics, event: ConsumerEvent): void {
  if (event.type === 'dead-lettered') metrics.deadLetters.inc({ reason: event.reason });
}

/** Tells how the consumer does now; nothing where none runs. */
export function lookUpConsumer(metrics: Metrics, state: ConsumerState | undefined): void {
  const { consumerLag, consumerInFlight, consumerPaused, consumerStandstill } = metrics;
  if (!state) {
    for (const gauge of [consumerLag, consumerInFlight, consumerPaused, consumerStandstill]) gauge.remove();
    return;
  }
  consumerLag.set(Number(state.lag));
  consumerInFlight.set(state.inFlight);
  consumerPaused.set(state.pausedPartitions);
  consumerStandstill.set(state.standstillMs / 1000);
}
