/** Figures for who follows a long run. */
export function tellLine(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
