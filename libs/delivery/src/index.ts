export { deliveryOf } from './delivery.ts';
export type { Delivery, DeliveryNews } from './delivery.ts';
export { StatusIntake } from './status-intake.ts';
export type { StatusIntakeOptions } from './status-intake.ts';
export type { NewsVerdict, Taken } from './taken.ts';
export type { IntakeEvent } from './intake-event.ts';
export { StatusWatch } from './status-watch.ts';
export type { StatusWatchOptions, Watching } from './status-watch.ts';
export type { WatchEnd, WatchItem, WatchRequest } from './watcher.ts';

// What a process brings along: stores that may be shared between replicas.
export type { DeliveryStore, NewsClaim, NewsStatus, StatusNews } from './delivery-store.ts';
export { InProcessDeliveryStore } from './in-process-delivery-store.ts';
export type { InProcessDeliveryStoreOptions } from './in-process-delivery-store.ts';
export { positionBefore, timeOf } from './status-log.ts';
export type { LogEnd, LogEntry, LogPage, LogPosition, StatusLog, WatchedStatus } from './status-log.ts';
export { InProcessStatusLog } from './in-process-status-log.ts';
export type { InProcessStatusLogOptions } from './in-process-status-log.ts';
