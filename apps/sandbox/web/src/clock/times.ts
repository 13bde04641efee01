const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exactClock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** Hours and minutes, of an RFC 3339 time. */
export function clockTime(time: string): string {
  return clock.format(new Date(time));
}

/** Down to the millisecond. */
export function exactTime(time: string): string {
  return exactClock.format(new Date(time));
}

export function dayOf(time: string): string {
  return day.format(new Date(time));
}

/** The time of today's, the day of others. */
export function briefTime(time: string, nowMs: number): string {
  return dayOf(time) === day.format(nowMs) ? clockTime(time) : shortDay.format(new Date(time));
}

/** `23:59:12`, of a time to go; never less than nothing. */
export function countdown(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1_000));
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** `12 ms`, `3.4 s`, `2 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
