import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const PAGE = new URL('../../../docs/sender.md', import.meta.url);

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
    const test = readFileSync(new URL(path, PAGE), 'utf8');
    if (title !== undefined) expect(test).toContain(title);
  });
});
