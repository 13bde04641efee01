const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}{2}|[\d#*]\ufe0f?\u20e3)/u;
/** Longer than any three emoji in UTF-16 units, so that long texts are not looked at. */
const MAX_LENGTH = 120;
const MAX_EMOJI = 3;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One to three emoji and nothing else, which WhatsApp shows big. */
export function isEmojiAlone(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  const found = [...graphemes.segment(text)]
    .map(({ segment }) => segment)
    .filter((each) => each.trim() !== '');
  return found.length > 0 && found.length <= MAX_EMOJI && found.every((each) => EMOJI.test(each));
}
