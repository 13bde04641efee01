let installed = false;

/**
 * kafkajs 2.2.4 asks for timers in the past, which Node takes as 1 ms and warns about. That one warning of that one
 * library is dropped; every other one is printed as ever.
 */
export function ignoreNegativeTimeoutsOfKafkajs(): void {
  if (installed) return;
  installed = true;
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]): void => {
    const fromKafkajs = args[1] === 'TimeoutNegativeWarning' && new Error().stack?.includes('kafkajs');
    if (!fromKafkajs) emitWarning(...args);
  };
}
