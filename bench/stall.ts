// By its path: this runs without the source condition, and nobody builds that package.
import { monotonicMs } from '../libs/testing/src/monotonic-ms.ts';
import { seededRandom } from '../libs/testing/src/seeded-random.ts';

/**
 * Loaded into a gateway (`--import`): stalls its event loop at random moments, as a garbage collection or a busy
 * neighbour would. `?seed=` repeats the moments.
 */
const STALL_MS = 20;
const MEAN_GAP_MS = 200;

const random = seededRandom(Number(new URL(import.meta.url).searchParams.get('seed')));
planNext();

function planNext(): void {
  setTimeout(
    () => {
      const endsAtMs = monotonicMs() + STALL_MS;
      while (monotonicMs() < endsAtMs);
      planNext();
    },
    -Math.log(1 - random()) * MEAN_GAP_MS,
  ).unref();
}
