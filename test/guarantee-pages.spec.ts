import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const DOCS = join(import.meta.dirname, '../docs');

/** Figures, which no test shows: its bars do. */
const BENCH = '../bench/README.md';

/** A line that promises something: its first cell and its last. */
const LINE = /^\| (.+?) +\|(?: .+ \|)? (\[.+?\]\(\.\.\/.+?) +\|$/gm;

/** What shows it, one behind the other with semicolons: a file, and the titles of some of its tests. */
const SHOWN_BY = /^\[.+?\]\((\.\.\/.+?)\)(?:: (“.+?”(?:, “.+?”)*))?$/;

describe.each([
  { page: 'sender.md', section: /^## Guarantees\n[^#]+/m, least: 20 },
  { page: 'guarantees.md', section: /^## [^]+/m, least: 40 },
])('The guarantees in docs/$page', ({ page, section, least }) => {
  const text = section.exec(readFileSync(join(DOCS, page), 'utf8'))?.[0] ?? '';
  const rows = [...text.matchAll(LINE)].map(([, guarantee = '', shownBy = '']) => ({
    guarantee,
    shownBy: shownBy.split(/; (?=\[)/).map(readShownBy),
  }));

  it('are all read here', () => {
    const lines = text.match(/^\| /gm)?.length ?? 0;
    const heads = text.match(/^\| -+ \|/gm)?.length ?? 0;
    expect(rows).toHaveLength(lines - 2 * heads);
    expect(rows.length).toBeGreaterThan(least);
  });

  it.each(rows)('have their tests: $guarantee', ({ shownBy }) => {
    for (const { path, titles } of shownBy) {
      if (path === BENCH) expect(titles).toEqual([]);
      else {
        expect(titles).not.toEqual([]);
        expect(titlesOf(join(DOCS, path))).toEqual(expect.arrayContaining([...titles]));
      }
    }
  });
});

function readShownBy(text: string): { readonly path: string; readonly titles: readonly string[] } {
  const [, path, titles = ''] = SHOWN_BY.exec(text) ?? [];
  if (path === undefined) throw new Error(`names no test: ${text}`);
  return { path, titles: [...titles.matchAll(/“(.+?)”(?:, |$)/g)].map(([, title = '']) => title) };
}

/** Of a file's tests, as they are written, placeholders and all. What is in a comment or skipped is none. */
function titlesOf(file: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && TESTS.has(functionOf(node.expression))) {
      const [title] = node.arguments;
      if (title && (ts.isStringLiteral(title) || ts.isTemplateLiteral(title))) {
        titles.push(title.getText().slice(1, -1));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return titles;
}

/** `check` is a conformance suite's way to say `it`. */
const TESTS: ReadonlySet<string> = new Set(['it', 'check']);

/** The name that a call begins with: `it` of `it.concurrent.each(cases)`; none of one that is never run. */
function functionOf(callee: ts.Expression): string {
  if (ts.isPropertyAccessExpression(callee) && NEVER_RUN.has(callee.name.text)) return '';
  if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) {
    return functionOf(callee.expression);
  }
  return ts.isIdentifier(callee) ? callee.text : '';
}

const NEVER_RUN: ReadonlySet<string> = new Set(['skip', 'todo']);
