import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { StartContext } from '../first-available.ts';
import { runCommand } from '../process/run-command.ts';

export interface ClassPathOptions {
  /** The pom whose dependencies make the class path. */
  readonly pom: string;
  /** Remembers the class path, so that Maven runs again only when the pom changes or a jar is gone. */
  readonly cacheFolder: string;
  /** For the progress line, such as `Apache Kafka 4.4.0`. */
  readonly what: string;
  readonly context: StartContext;
  readonly run?: typeof runCommand;
}

/** @returns the class path, or `undefined` when there is no Maven */
export async function resolveClassPath(options: ClassPathOptions): Promise<string | undefined> {
  const { pom, cacheFolder, what, context, run = runCommand } = options;
  const hash = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12);
  const cached = join(cacheFolder, `kafka-${hash}.classpath`);
  const remembered = await usableClassPath(cached);
  if (remembered !== undefined) return remembered;

  context.report(`resolving ${what} through Maven (first time only, about 60 MB) …`);
  await mkdir(cacheFolder, { recursive: true });
  // A name of its own: two runs that start together must not read each other's half-written file.
  const fresh = `${cached}.${process.pid}`;
  const maven = await run(
    'mvn',
    ['-q', '-B', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${fresh}`],
    context,
  );
  if (maven.kind === 'not-found') return undefined;
  if (maven.exitCode !== 0) throw new Error(`Maven: ${mavenError(maven.output)}`);
  await rename(fresh, cached);
  return usableClassPath(cached);
}

async function usableClassPath(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const classPath = (await readFile(file, 'utf8')).trim();
  return classPath.split(delimiter).every((jar) => existsSync(jar)) ? classPath : undefined;
}

function mavenError(output: string): string {
  // eslint-disable-next-line no-control-regex -- Maven colours its output even in batch mode
  const plain = output.replaceAll(/\u001b\[[\d;]*m/g, '');
  return /\[ERROR\] (.+)/.exec(plain)?.[1] ?? 'failed without a message';
}
