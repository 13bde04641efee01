/**
 * Generates TypeScript from the proto files: `node proto/generate/generate.ts` writes it, with `--check` it fails when the
 * committed files are not what the proto files generate.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const output = 'libs/contracts/src/gen';
const scratch = mkdtempSync(join(tmpdir(), 'parley-proto-'));
try {
  for (const template of ['proto/generate/service.yaml', 'proto/generate/error-details.yaml']) {
    execFileSync('buf', ['generate', '--template', template, '--output', scratch], { stdio: 'inherit' });
  }
  const generated = filesBelow(join(scratch, output));
  for (const [path, text] of generated) {
    if (path.startsWith('parley/')) writeFileSync(join(scratch, output, path), withTypeImports(text));
  }
  if (process.argv.includes('--check')) {
    const fresh = filesBelow(join(scratch, output));
    const committed = filesBelow(output);
    const paths = new Set([...fresh.keys(), ...committed.keys()]);
    const differing = [...paths].filter((path) => fresh.get(path) !== committed.get(path));
    if (differing.length > 0) {
      console.error(`Not what the proto files generate: ${differing.join(', ')}`);
      console.error('Run `npm run proto` and commit the result.');
      process.exitCode = 1;
    }
  } else {
    rmSync(output, { recursive: true, force: true });
    cpSync(join(scratch, output), output, { recursive: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The generator writes value imports where only types are used, which a runtime that strips types cannot resolve. */
function withTypeImports(text: string): string {
  return text.replaceAll(/^import \{/gm, 'import type {');
}

function filesBelow(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1), readFileSync(path, 'utf8'));
  }
  return files;
}
