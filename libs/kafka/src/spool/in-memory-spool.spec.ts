import { describe, it } from '@jest/globals';
import { InMemorySpool } from './in-memory-spool.ts';
import { spoolConformance } from './spool-conformance.ts';

spoolConformance({ describe, it }, 'The spool in memory', {
  makeSpool: (options) => new InMemorySpool(options),
});
