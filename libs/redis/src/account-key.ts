/** All keys of an account carry the same hash tag, so that one script may touch them in a cluster. */
export function accountKey(account: string, ...parts: readonly string[]): string {
  return [`{parley:${account}}`, ...parts].join(':');
}
