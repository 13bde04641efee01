const MINUTE_MS = 60_000;

/** When a callback that got no 2xx is posted again, counted from its first attempt, as the provider documents it. */
export const RETRY_OFFSETS_MS: readonly number[] = [1, 2, 3, 8, 13, 18, 28, 38, 48, 60].map(
  (minutes) => minutes * MINUTE_MS,
);
