export type { ConformanceRunner } from './conformance-runner.ts';
export { deliveryStoreConformance } from './delivery-store-conformance.ts';
export { statusLogConformance } from './status-log-conformance.ts';
