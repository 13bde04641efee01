import type { Row } from './scenario.ts';

/** The rows under the first one's columns, aligned for reading in a terminal too. */
export function markdownTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const [head, ...body] = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`;
  return [head, rule, ...body].join('\n');
}
