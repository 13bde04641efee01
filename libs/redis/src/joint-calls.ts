/** What one call is given at most: Redis serves nobody else while it runs. */
const MAX_ITEMS = 1_000;

/**
 * Makes one call of what many ask at about the same time. Nothing lingers: what is asked while a call is under way goes
 * together into the next one, so that the calls grow with the load instead of their number.
 *
 * Of each account one call is under way at a time, and items keep the order of asking.
 */
export class JointCalls<Item, Answer> {
  readonly #call: (account: string, items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Of each account with a call under way: who goes into the next one. */
  readonly #waiting = new Map<string, Asked<Item, Answer>[]>();

  /** @param call answers each item, in order */
  constructor(call: (account: string, items: readonly Item[]) => Promise<readonly Answer[]>) {
    this.#call = call;
  }

  /** One answer per item. Rejects with what the call that carried them was refused for. */
  ask(account: string, items: readonly Item[]): Promise<readonly Answer[]> {
    if (items.length === 0) return Promise.resolve([]);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Answer[]>();
    const waiting = this.#waiting.get(account);
    if (waiting) {
      waiting.push({ items, resolve, reject });
    } else {
      this.#waiting.set(account, [{ items, resolve, reject }]);
      void this.#run(account);
    }
    return promise;
  }

  async #run(account: string): Promise<void> {
    const waiting = this.#waiting.get(account) ?? [];
    // What is asked in the same turn of the event loop belongs together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const joint = waiting.splice(0, howMany(waiting.map(({ items }) => items.length)));
      try {
        const answers = await this.#inParts(
          account,
          joint.flatMap(({ items }) => items),
        );
        let from = 0;
        for (const { items, resolve } of joint) resolve(answers.slice(from, (from += items.length)));
      } catch (error) {
        for (const { reject } of joint) reject(error);
      }
    }
    this.#waiting.delete(account);
  }

  /** One call, unless somebody alone asks for more than one may be given. */
  async #inParts(account: string, items: readonly Item[]): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (let from = 0; from < items.length; from += MAX_ITEMS) {
      answers.push(...(await this.#call(account, items.slice(from, from + MAX_ITEMS))));
    }
    return answers;
  }
}

interface Asked<Item, Answer> {
  readonly items: readonly Item[];
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

/** As many as fit into one call, and at least the first. */
function howMany(sizes: readonly number[]): number {
  let items = 0;
  const excess = sizes.findIndex((size) => (items += size) > MAX_ITEMS);
  return excess === -1 ? sizes.length : Math.max(1, excess);
}
