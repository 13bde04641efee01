/**
 * The rows of the first table that has these heads, cell by cell, as written.
 *
 * @throws Error when there is none
 */
export function rowsOf(page: string, heads: readonly string[]): readonly (readonly string[])[] {
  return tablesOf(page, heads)[0] ?? [];
}

/** Of all tables that have these heads. @throws Error when there is none */
export function tablesOf(
  page: string,
  heads: readonly string[],
): readonly (readonly (readonly string[])[])[] {
  const lines = page.split('\n').map(cellsOf);
  const starts = lines.flatMap((cells, index) => (cells?.join('|') === heads.join('|') ? [index] : []));
  if (starts.length === 0) throw new Error(`no table has the heads ${heads.join(', ')}`);
  return starts.map((start) => {
    const rows: string[][] = [];
    // Below the heads is the line that parts them from the rows.
    for (const cells of lines.slice(start + 2)) {
      if (cells === undefined) break;
      rows.push(cells);
    }
    return rows;
  });
}

/** Undefined for a line that is no part of a table. */
function cellsOf(line: string): string[] | undefined {
  if (!line.startsWith('|')) return undefined;
  return line
    .slice(1, line.lastIndexOf('|'))
    .split(' | ')
    .map((cell) => cell.trim());
}
