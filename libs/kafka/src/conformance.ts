export type { ConformanceRunner } from './conformance-runner.ts';
export { busConformance } from './bus-conformance.ts';
export { spoolConformance } from './spool/spool-conformance.ts';
