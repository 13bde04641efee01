/** What one script is given at most: Redis serves nobody else while it runs. */
const MAX_PER_SCRIPT = 1_000;

/** Hands items to scripts, as many as one may be given, one script after the other. Answers in the order of the items. */
export async function inScripts<Item, Answer>(
  items: readonly Item[],
  run: (batch: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < items.length; from += MAX_PER_SCRIPT) {
    answers.push(...(await run(items.slice(from, from + MAX_PER_SCRIPT))));
  }
  return answers;
}
