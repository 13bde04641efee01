/**
 * A stranger's text for one place of a card: white space made single spaces, control and bidi control characters and
 * lone surrogates taken out, cut to so many whole code points. Empty when nothing is left.
 */
export function plainText(text: string, maxCharacters: number): string {
  const clean = text.replace(/\s+/gu, ' ').replace(UNWANTED, '').trim();
  // Two code units are enough for each, and a long text is not taken apart whole.
  return Array.from(clean.slice(0, 2 * maxCharacters))
    .slice(0, maxCharacters)
    .join('')
    .trimEnd();
}

const UNWANTED = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;
