import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { isEmojiAlone } from './emoji-alone.ts';
import { firstLink, plainTextOf, sourceOf } from './formatted.ts';
import type { Inline } from './formatted.ts';
import { parseFormatting } from './parse-formatting.ts';

const LIMIT = 4096;

/** As tags, so that a case can be read: `<b>bold</b>`. */
function shown(text: string): string {
  const tags = { bold: 'b', italic: 'i', strike: 's', code: 'code', monospace: 'pre', link: 'a' } as const;
  const tagged = (inline: Inline): string => {
    if (inline.kind === 'text') return inline.text;
    const inner = 'children' in inline ? inline.children.map(tagged).join('') : inline.text;
    return `<${tags[inline.kind]}>${inner}</${tags[inline.kind]}>`;
  };
  return parseFormatting(text)
    .flatMap(({ kind, lines }) =>
      lines.map(({ content }) => (kind === 'paragraph' ? '' : `[${kind}]`) + content.map(tagged).join('')),
    )
    .join('\n');
}

describe('parseFormatting', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['*bold* _italic_ ~strike~', '<b>bold</b> <i>italic</i> <s>strike</s>'],
    ['*_both_*', '<b><i>both</i></b>'],
    ['_*~all~*_', '<i><b><s>all</s></b></i>'],
    ['*a _b_ c*', '<b>a <i>b</i> c</b>'],
    ['(*bold*), "_italic_"!', '(<b>bold</b>), "<i>italic</i>"!'],
    ['* not bold*', '[bullets]not bold*'],
    ['*not bold *', '*not bold *'],
    ['2*3*4', '2*3*4'],
    ['snake_case_name', 'snake_case_name'],
    ['*one\ntwo*', '*one\ntwo*'],
    ['**bold** __init__ ~~no~~', '**bold** __init__ ~~no~~'],
    ['*a _b* c_', '<b>a _b</b> c_'],
    ['ü*ü* *ü*ü *ü*', 'ü*ü* <b>ü*ü *ü</b>'],
    ['`code *x*` *`y`*', '<code>code *x*</code> <b><code>y</code></b>'],
    ['` no` ``', '` no` ``'],
    ['```one *x*\n- two``` three', '<pre>one *x*\n- two</pre> three'],
    ['``` open', '``` open'],
    [
      '- one\n* *two*\n1. three\n12. four\n> five',
      '[bullets]one\n[bullets]<b>two</b>\n[numbers]three\n[numbers]four\n[quote]five',
    ],
    ['-one\n1.two\n>three', '-one\n1.two\n>three'],
    ['see https://example.com/a_b_c?x=*y*.', 'see <a>https://example.com/a_b_c?x=*y</a>*.'],
    ['*https://example.com*', '<b><a>https://example.com</a></b>'],
    ['(http://example.com/a(b))', '(<a>http://example.com/a(b)</a>)'],
    ['javascript:alert(1) ftp://x.y xhttp://a.b', 'javascript:alert(1) ftp://x.y xhttp://a.b'],
    ['http:// https://[ http://a', 'http:// https://[ <a>http://a</a>'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['', ''],
    ['\n\n', '\n\n'],
  ];
  for (const [text, expected] of cases) {
    it(`shows ${JSON.stringify(text)} as WhatsApp does`, () => expect(shown(text)).toBe(expected));
  }

  const pieces = fc.constantFrom(
    ...'*_~`'.split(''),
    '```',
    '\n',
    ' ',
    '- ',
    '1. ',
    '> ',
    'word',
    'ß',
    '😀',
    '\ud83d',
    'https://example.com/',
    'http://[',
    '<b>',
    '\u202e',
    '.',
    ')',
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 60 }).map((each) => each.join('')),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );

  it('loses and adds no character: with its markers, it is the text again', () => {
    fc.assert(
      fc.property(texts, (text) => expect(sourceOf(parseFormatting(text))).toBe(text)),
      { numRuns: propertyRuns() },
    );
  });

  it('leaves out nothing but markers', () => {
    fc.assert(
      fc.property(texts, (text) => {
        let at = 0;
        const plain = plainTextOf(parseFormatting(text));
        const markers = new Set('*_~`->.0123456789 ');
        for (const unit of text.split('')) {
          if (plain.charAt(at) === unit) at += 1;
          else if (!markers.has(unit)) throw new Error(`left out ${JSON.stringify(unit)}`);
        }
        expect(at).toBe(plain.length);
      }),
      { numRuns: propertyRuns() },
    );
  });

  it('nests three deep at most and makes links of http and https alone', () => {
    const depthOf = (inline: Inline): number =>
      'children' in inline ? 1 + Math.max(...inline.children.map(depthOf)) : 0;
    fc.assert(
      fc.property(texts, (text) => {
        const inlines = parseFormatting(text).flatMap(({ lines }) => lines.flatMap(({ content }) => content));
        for (const inline of inlines) expect(depthOf(inline)).toBeLessThanOrEqual(3);
        expect(firstLink(parseFormatting(text)) ?? 'https://').toMatch(/^https?:\/\//i);
      }),
      { numRuns: propertyRuns() },
    );
  });

  for (const piece of [
    '*',
    '*a ',
    '_*~',
    '*a _b ~c',
    '`',
    '` ',
    '```',
    '``` ',
    'http://[',
    'http://a)',
    '- \n',
    '* *',
    'h',
    '`h*',
  ]) {
    it(`takes no more than twice the work for twice the text of ${JSON.stringify(piece)}`, () => {
      const text = piece.repeat(Math.ceil(LIMIT / piece.length));
      expect(sourceOf(parseFormatting(text))).toBe(text);
      // Quadratic time would be minutes here, and the test’s limit of time would tell.
      const long = piece.repeat(Math.ceil((100 * LIMIT) / piece.length));
      expect(sourceOf(parseFormatting(long))).toHaveLength(long.length);
    });
  }
});

describe('isEmojiAlone', () => {
  for (const text of ['😀', '👨‍👩‍👧‍👦👍🏽', '🇩🇪 ❤️ 1️⃣']) {
    it(`is true of ${text}`, () => expect(isEmojiAlone(text)).toBe(true));
  }
  for (const text of ['', ' ', '1', 'a😀', '😀😀😀😀', '*']) {
    it(`is false of "${text}"`, () => expect(isEmojiAlone(text)).toBe(false));
  }
});
