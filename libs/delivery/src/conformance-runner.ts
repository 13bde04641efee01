/** The functions of the test runner; passed in, so that this package needs none. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, test: () => Promise<void>) => void;
}
