export interface SettingValues {
  /** By the setting's name; what is not set is not there. */
  readonly values: ReadonlyMap<string, string>;
  /** Whole sentences, without the values that were given. */
  readonly problems: readonly string[];
  /** Settings that were given and could not be read: there is a problem for each, and saying they miss would mislead. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Finds the named settings: `NAME` holds the value itself, `NAME_FILE` the path of a file with it. Empty variables count as
 * not set.
 *
 * @param readFile returns a file's content or throws
 */
export function settingValues(
  names: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): SettingValues {
  const values = new Map<string, string>();
  const problems: string[] = [];
  const unreadable = new Set<string>();
  for (const name of names) {
    const value = variables[name];
    const path = variables[`${name}_FILE`];
    if (value && path) problems.push(`${name} and ${name}_FILE are both set: leave one of them out`);
    if (value) values.set(name, value);
    else if (path) {
      try {
        values.set(name, readFile(path).trim());
      } catch {
        unreadable.add(name);
        problems.push(`${name}_FILE names a file that cannot be read`);
      }
    }
  }
  return { values, problems, unreadable };
}
