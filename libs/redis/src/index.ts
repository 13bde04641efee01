export { RedisLink } from './redis-link.ts';
export type { RedisLinkOptions } from './redis-link.ts';
export { RedisAway } from './redis-away.ts';

export { RedisSlotClock } from './slots/redis-slot-clock.ts';
export type { RedisSlotClockOptions } from './slots/redis-slot-clock.ts';
export type { SlotClockEvent } from './slots/slot-clock-event.ts';

export { RedisMessageStore } from './store/redis-message-store.ts';
export type { RedisMessageStoreOptions } from './store/redis-message-store.ts';

export { RedisDeliveryStore } from './delivery/redis-delivery-store.ts';
export type { RedisDeliveryStoreOptions } from './delivery/redis-delivery-store.ts';

export { RedisStatusLog } from './status-log/redis-status-log.ts';
export type { RedisStatusLogOptions } from './status-log/redis-status-log.ts';

export { RedisWindowStore } from './windows/redis-window-store.ts';

export { RedisSpool } from './spool/redis-spool.ts';
export type { RedisSpoolOptions } from './spool/redis-spool.ts';
