/** The variable that sets a property: `timeScale` is `SANDBOX_TIME_SCALE`. */
export function variableOf(property: string): string {
  return `SANDBOX_${property.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
