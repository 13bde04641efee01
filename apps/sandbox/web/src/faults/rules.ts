import type { FaultRule } from '../api/answers.ts';

/** Whether it is on for every request or text, always: what the switch shows. */
export function isForAll({ recipient, text, probability, timesLeft, code }: FaultRule): boolean {
  const isNarrowed =
    recipient !== undefined || text !== undefined || timesLeft !== undefined || code !== undefined;
  return !isNarrowed && (probability ?? 1) === 1;
}

/** `throttled for +1…, 25 % of the time, 3 more times`. */
export function describeRule({ fault, recipient, text, probability, timesLeft, code }: FaultRule): string {
  const parts = [
    fault,
    code !== undefined && `with code ${code}`,
    recipient !== undefined ? `for ${recipient}` : text === undefined && 'for all',
    text !== undefined && `for texts with “${text}”`,
    probability !== undefined && probability < 1 && `${Math.round(probability * 1_000) / 10} % of the time`,
    timesLeft !== undefined && (timesLeft === 1 ? 'once more' : `${timesLeft} more times`),
  ];
  return parts
    .filter((part) => part !== false)
    .join(', ')
    .replace(', ', ' ');
}
