/** Country codes of ITU-T E.164 (Annex to Operational Bulletin 930): of one, two, else three digits. */
const COUNTRY_CODE = /^\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d)/;

const SHOWN_AT_THE_END = 2;
/** Digits that stay hidden, or the end is hidden, too. */
const FEWEST_HIDDEN = 4;

/** An E.164 number as logs may have it: its country code and two last digits, and not how long it is. */
export function maskedNumber(phoneNumber: string): string {
  const [countryCode] = COUNTRY_CODE.exec(phoneNumber) ?? [''];
  const rest = phoneNumber.slice(countryCode.length);
  const end = rest.length >= FEWEST_HIDDEN + SHOWN_AT_THE_END ? rest.slice(-SHOWN_AT_THE_END) : '';
  return `${countryCode}***${end}`;
}
