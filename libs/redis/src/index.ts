export { RedisLink } from './redis-link.ts';
export type { RedisLinkOptions } from './redis-link.ts';
export { RedisAway } from './redis-away.ts';

export { RedisSlotClock } from './slots/redis-slot-clock.ts';
export type { RedisSlotClockOptions } from './slots/redis-slot-clock.ts';
export type { SlotClockEvent } from './slots/slot-clock-event.ts';

export { RedisMessageStore } from './store/redis-message-store.ts';
export type { RedisMessageStoreOptions } from './store/redis-message-store.ts';
