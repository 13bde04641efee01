import { inScripts } from '../in-scripts.ts';

/** {@link inScripts} of one account each, since a script may touch no other account's keys. Answers in the order of the items. */
export async function inAccountScripts<Item, Answer>(
  items: readonly Item[],
  accountOf: (item: Item) => string,
  run: (batch: readonly Item[], account: string) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [account, group] of Map.groupBy(items.entries(), ([, item]) => accountOf(item))) {
    const ofGroup = await inScripts(
      group.map(([, item]) => item),
      (batch) => run(batch, account),
    );
    for (const [position, answer] of ofGroup.entries()) answers[group[position]?.[0] ?? 0] = answer;
  }
  return answers;
}
