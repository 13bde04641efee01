import type { StatusCallback } from './status-callback.ts';

type Status = StatusCallback['status'];

/** One post of a status. */
export interface Copy {
  readonly status: Status;
  /** Of this message, counted from 0. */
  readonly copy: number;
}

/**
 * Posts of one message, in waves that are under way at the same time: the first copies in the order given, with 0 to 10
 * more of each anywhere behind its first.
 */
export function wavesOfCopies(order: readonly Status[], random: () => number): Copy[][] {
  const moments = order.flatMap((status, first) => {
    const more = Math.floor(random() * MOST_COPIES);
    const later = Array.from({ length: more }, () => first + random() * (order.length - first));
    return [first, ...later].map((at) => ({ at, status }));
  });
  const copies = moments.toSorted((a, b) => a.at - b.at).map(({ status }, copy) => ({ status, copy }));
  const waves: Copy[][] = [];
  while (copies.length > 0) waves.push(copies.splice(0, 1 + Math.floor(random() * MOST_AT_ONCE)));
  return waves;
}

/** Every order of the values. */
export function permutations<T>(values: readonly T[]): T[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, index) =>
    permutations(values.toSpliced(index, 1)).map((others) => [value, ...others]),
  );
}

/** As often as the provider posts a callback at most. */
const MOST_COPIES = 11;
const MOST_AT_ONCE = 4;
