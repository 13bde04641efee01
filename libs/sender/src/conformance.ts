// The suites that whatever stands behind this package's ports must pass. For tests only.
export { messageStoreConformance } from './message-store-conformance.ts';
export { windowStoreConformance } from './window-store-conformance.ts';
