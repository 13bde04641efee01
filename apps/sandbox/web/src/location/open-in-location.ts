/** `#/+14155550100`: the conversation that a link to the page opens. */
const PATTERN = /^#\/(?<phoneNumber>[^/]{1,64})$/;

export function phoneNumberIn(hash: string): string | undefined {
  const encoded = PATTERN.exec(hash)?.groups?.['phoneNumber'];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

export function hashOf(phoneNumber: string | undefined): string {
  return phoneNumber === undefined ? '#/' : `#/${encodeURIComponent(phoneNumber).replaceAll('%2B', '+')}`;
}
