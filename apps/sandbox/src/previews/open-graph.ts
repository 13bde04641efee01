import { Parser } from 'htmlparser2';

/** Open Graph's properties that a card is made of: the first of each that is not empty, entities decoded. */
export interface OpenGraph {
  readonly title?: string;
  readonly description?: string;
  readonly image?: string;
}

/**
 * Collects a page's Open Graph tags, `<meta property="og:title" content="…">`, from its head alone: Meta's page has
 * them there. The head ends where HTML ends it, at `</head>` or at the first element that cannot stand in one.
 */
export class OpenGraphParser {
  readonly #found: { -readonly [Name in keyof OpenGraph]: OpenGraph[Name] } = {};
  #ended = false;
  readonly #parser = new Parser({
    onopentag: (name, attributes) => this.#open(name, attributes),
    onclosetag: (name) => {
      if (name === 'head') this.#ended = true;
    },
  });

  /** @returns whether the head has ended, and nothing more is needed */
  write(text: string): boolean {
    if (!this.#ended) this.#parser.write(text);
    return this.#ended;
  }

  get found(): OpenGraph {
    return this.#found;
  }

  #open(name: string, { property, content }: Readonly<Record<string, string | undefined>>): void {
    if (!IN_HEAD.has(name)) this.#ended = true;
    if (this.#ended || name !== 'meta' || property === undefined || !content?.trim()) return;
    for (const each of property.split(/\s+/)) {
      const wanted = PROPERTIES.get(each);
      if (wanted !== undefined) this.#found[wanted] ??= content;
    }
  }
}

const PROPERTIES: ReadonlyMap<string, keyof OpenGraph> = new Map([
  ['og:title', 'title'],
  ['og:description', 'description'],
  ['og:image', 'image'],
]);

/** HTML's "in head" insertion mode; everything else begins the body. */
const IN_HEAD = new Set([
  'html',
  'head',
  'base',
  'basefont',
  'bgsound',
  'link',
  'meta',
  'noframes',
  'noscript',
  'script',
  'style',
  'template',
  'title',
]);
