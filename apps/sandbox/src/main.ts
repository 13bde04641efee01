import 'reflect-metadata';
import type { Configuration } from './configuration/configuration.ts';
import { readConfiguration } from './configuration/read-configuration.ts';
import type { Settings } from './settings/settings.ts';
import { createSandbox } from './sandbox.ts';
import { StateFileError } from './state/state-file.ts';

// eslint-disable-next-line no-restricted-properties -- the one place where this process reads its environment
const read = readConfiguration(process.env);

if (read.kind === 'invalid') refuse(read.problems);
else
  try {
    await start(read.configuration, read.settings);
  } catch (error) {
    if (!(error instanceof StateFileError)) throw error;
    refuse([error.message]);
  }

async function start(configuration: Configuration, settings: Settings): Promise<void> {
  const sandbox = await createSandbox(configuration, settings);
  // Without it the process would end by the signal, and not with exit code 0.
  sandbox.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  try {
    await sandbox.listen({ host: configuration.host, port: configuration.port });
    process.stdout.write(`sandbox listening on ${await sandbox.getUrl()}\n`);
  } catch {
    // Nest has logged why; what is left is to end, and not with success.
    await sandbox.close();
    process.exitCode = 1;
  }
}

function refuse(problems: readonly string[]): void {
  process.stderr.write(`The sandbox cannot start:\n${problems.map((each) => `  ${each}\n`).join('')}`);
  process.exitCode = 1;
}
