import { E164 } from '../send/insider-message.ts';

/** Meta writes numbers as digits without a plus; anything that is no E.164 number then is left out. */
export function phoneNumberOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const number = `+${String(value).replace(/[+\s().-]/g, '')}`;
  return E164.test(number) ? number : undefined;
}

/** Meta writes times as seconds since 1970, in a string. */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (!/^\d{9,10}$/.test(String(value))) return undefined;
  return new Date(Number(value) * 1000);
}
