import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { preparePython } from '../other-languages/python.ts';
import { REPOSITORY } from '../processes/service-process.ts';

const TEST_TIMEOUT_MS = 60_000;

const prepared = await preparePython(join(import.meta.dirname, 'requirements.txt'));
const describeWithPython = prepared.kind === 'ready' ? describe : describe.skip;
const skipped = prepared.kind === 'absent' ? ` (skipped: ${prepared.why})` : '';

// hadolint is published for Python alone, as a package that brings the program.
describeWithPython(`hadolint (needs Python)${skipped}`, () => {
  it(
    'finds nothing in the Dockerfile',
    async () => {
      if (prepared.kind === 'absent') throw new Error(prepared.why);
      const args = ['--no-fail', '--format=json', join(REPOSITORY, 'Dockerfile')];
      expect(JSON.parse(await prepared.python.runProgram('hadolint', args))).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});
