import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const PAGE = new URL('../../../docs/sender.md', import.meta.url);

/** Figures, which no test shows: its bars do. */
const BENCH = '../bench/README.md';

const section = readFileSync(PAGE, 'utf8')
  .split(/^## /m)
  .find((part) => part.startsWith('Guarantees'));
const rows = [...(section ?? '').matchAll(/^\| (.+?) +\| \[.+?\]\((.+?)\)(?:: “(.+?)”)? +\|$/gm)].map(
  ([, guarantee = '', path = '', title]) => ({ guarantee, path, title }),
);

describe('The guarantees in docs/sender.md', () => {
  it('are all read here', () => {
    expect(rows).toHaveLength((section?.match(/^\| /gm)?.length ?? 0) - 2);
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)('have a test: $guarantee', ({ path, title }) => {
    if (path === BENCH) expect(title).toBeUndefined();
    else expect(titlesOf(new URL(path, PAGE))).toContain(title);
  });
});

/** Of a file's tests, as they are written, placeholders and all. What is in a comment is none. */
function titlesOf(file: URL): string[] {
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
  visit(ts.createSourceFile(file.pathname, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return titles;
}

/** `check` is a conformance suite's way to say `it`. */
const TESTS: ReadonlySet<string> = new Set(['it', 'check']);

/** The name that a call begins with: `it` of `it.concurrent.each(cases)`. */
function functionOf(callee: ts.Expression): string {
  if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) {
    return functionOf(callee.expression);
  }
  return ts.isIdentifier(callee) ? callee.text : '';
}
