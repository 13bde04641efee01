import { provisionKafka } from '@parley/provisioning';

/** Starts Kafka, tells the process that started this one the broker's id, and holds it until killed. */
const kafka = await provisionKafka({
  environment: process.env,
  report: (line) => console.log(line),
  signal: new AbortController().signal,
});
if (kafka.kind !== 'maven') throw new Error(`Kafka through Maven was expected, not ${kafka.kind}`);
process.send?.({ pid: kafka.broker.pid });
