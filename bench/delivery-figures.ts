import type { Ledger } from './ledger.ts';

export interface DeliveryFigures {
  /** Messages that the provider never took. */
  readonly lost: number;
  /** Times that the provider took a message it had taken before. */
  readonly duplicates: number;
  /** Messages that the provider took after a later one to the same recipient. */
  readonly orderBreaks: number;
}

/**
 * What became of the messages that were submitted. Each is known by its body, which is unique; those to one recipient
 * are expected in the order given.
 */
export function deliveryFigures(
  ledger: Ledger,
  submitted: readonly { readonly phoneNumber: string; readonly body: string }[],
): DeliveryFigures {
  const positions = new Map(submitted.map(({ body }, index) => [body, index]));
  const taken = new Set<string>();
  const latest = new Map<string, number>();
  let duplicates = 0;
  let orderBreaks = 0;
  for (const { phoneNumber, body } of ledger.flatMap((arrival) =>
    arrival.status === 200 ? arrival.messages : [],
  )) {
    if (taken.has(body)) {
      duplicates += 1;
      continue;
    }
    taken.add(body);
    const position = positions.get(body) ?? -1;
    const before = latest.get(phoneNumber) ?? -1;
    if (position < before) orderBreaks += 1;
    latest.set(phoneNumber, Math.max(position, before));
  }
  return { lost: submitted.filter(({ body }) => !taken.has(body)).length, duplicates, orderBreaks };
}
