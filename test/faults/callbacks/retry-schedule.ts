/**
 * When the provider repeats a callback that was not answered with 2xx, in milliseconds after its first attempt; after the
 * last of them it never does again.
 *
 * @param compression how many times faster than the provider's the clock of the test runs
 */
export function retrySchedule(compression: number): readonly number[] {
  return RETRIES_AFTER_MINUTES.map((minutes) => (minutes * 60_000) / compression);
}

const RETRIES_AFTER_MINUTES = [1, 2, 3, 8, 13, 18, 28, 38, 48, 60];
