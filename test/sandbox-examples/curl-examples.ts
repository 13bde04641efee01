/** A block of a page that a shell runs, with the status that its comments say each call is answered with. */
export interface CurlExample {
  /** The heading it stands under. */
  readonly section: string;
  readonly script: string;
  readonly statuses: readonly number[];
}

/** Every block of the page that begins with a call of curl. */
export function curlExamplesOf(page: string): readonly CurlExample[] {
  return blocksOf(page, 'sh')
    .filter(({ text }) => text.startsWith('curl '))
    .map(({ section, text }) => ({
      section,
      script: text,
      statuses: [...text.matchAll(/^# (\d{3})\b/gm)].map(([, status]) => Number(status)),
    }));
}

/** Fenced blocks of a language, in order. */
export function blocksOf(
  page: string,
  language: string,
): readonly { readonly section: string; readonly text: string }[] {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${language}\n([^]+?)^\`\`\`$`, 'gm'));
  return [...blocks].map(({ 1: text = '', index }) => {
    const [section = ''] =
      page
        .slice(0, index)
        .match(/^##+ .+$/gm)
        ?.slice(-1) ?? [];
    return { section: section.replace(/^#+ /, ''), text };
  });
}
