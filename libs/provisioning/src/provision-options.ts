import type { Report } from './first-available.ts';

export interface ProvisionOptions {
  /** Where KAFKA_BROKERS, REDIS_URL and CHROME_PATH are looked up. */
  readonly environment: NodeJS.ProcessEnv;
  readonly report: Report;
  /** Gives up: what was started by then is stopped. */
  readonly signal: AbortSignal;
}
