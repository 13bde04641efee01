export type { DeliveryStore, NewsClaim, StatusNews } from './delivery-store.ts';
export { positionBefore } from './status-log.ts';
export type { LogEntry, LogPage, LogPosition, StatusLog, WatchedStatus } from './status-log.ts';
