/** A figure and what it must keep to. */
export type Bar = { readonly what: string; readonly value: number } & (
  { readonly atMost: number } | { readonly atLeast: number } | { readonly below: number }
);

/** What is wrong with the figure, for people; undefined when it holds. A figure that is no number never holds. */
export function missOf(bar: Bar): string | undefined {
  const { what, value } = bar;
  const told = `${what} is ${Number(value.toFixed(3))}`;
  if ('atMost' in bar) return value <= bar.atMost ? undefined : `${told}, at most ${bar.atMost} allowed`;
  if ('below' in bar) return value < bar.below ? undefined : `${told}, must stay below ${bar.below}`;
  return value >= bar.atLeast ? undefined : `${told}, at least ${bar.atLeast} wanted`;
}
