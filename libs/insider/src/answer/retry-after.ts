/** The longest pause a provider can impose; a header that asks for more is cut to it. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Reads a `Retry-After` header (RFC 9110, 10.2.3): seconds, or an HTTP date.
 *
 * A date is measured from the answer's own `Date` when it has one, so that a clock set wrong on either side changes
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

// The three forms of an HTTP date (RFC 9110, 5.6.7). Date.parse alone would take "7" and "Mon 5" for dates, too.
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

function httpDate(value: string): number | undefined {
  if (!HTTP_DATES.some((form) => form.test(value))) return undefined;
  // The last form names no zone and still means GMT, not the zone of this machine.
  const time = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(time) ? undefined : time;
}

function bounded(delayMs: number): number {
  return Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS);
}
