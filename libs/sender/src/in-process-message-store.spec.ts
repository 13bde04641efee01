import { describe, it } from '@jest/globals';
import { systemClock } from './clock.ts';
import { InProcessMessageStore } from './in-process-message-store.ts';
import { messageStoreConformance } from './message-store-conformance.ts';

const store = new InProcessMessageStore({ clock: systemClock, ttlMs: 60_000, maxRemembered: 10_000 });

messageStoreConformance({ describe, it }, 'The memory of one process', () => store);
