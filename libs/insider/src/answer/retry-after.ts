/** The longest pause a provider can impose; a header that asks for more is cut to it. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Reads a `Retry-After` header (RFC 9110, 10.2.3): seconds, or an HTTP date.
 *
 * A date is measured from the answer's own `Date` when it has one, so that a clock set wrong on this side changes
 * nothing.
 *
 * @returns milliseconds from 0 to {@link MAX_RETRY_AFTER_MS}; undefined for no header or one that cannot be read
 */
export function retryAfterMs(
  header: string | undefined,
  { date, nowMs }: { date: string | undefined; nowMs: number },
): number | undefined {
  const value = header?.trim() ?? '';
  if (SECONDS.test(value)) return bounded(Math.ceil(Number(value) * 1000));

  const until = httpDate(value);
  if (until === undefined) return undefined;
  return bounded(until - (httpDate(date?.trim() ?? '') ?? nowMs));
}

const SECONDS = /^\d+(\.\d+)?$/;

// Every form of an HTTP date starts with the name of a day; Date.parse alone would take "7" for a date.
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

function httpDate(value: string): number | undefined {
  if (!HTTP_DATE.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function bounded(delayMs: number): number {
  return Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS);
}
