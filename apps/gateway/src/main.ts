import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { loadConfiguration } from './configuration/load-configuration.ts';
import { startGateway } from './start-gateway.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { loadTracing } from './tracing/load-tracing.ts';
import type { TracingTrouble } from './tracing/trouble-teller.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// The one place of this process that looks at the environment, beside OpenTelemetry's SDK when that is asked for.
// eslint-disable-next-line no-restricted-properties
const variables = process.env;
const load = () => loadConfiguration({ variables, readFile: (path) => readFileSync(path, 'utf8'), version });
const loading = load();

if (loading.kind === 'invalid') {
  const lines = loading.problems.map((problem) => `  - ${problem}`);
  process.stderr.write(`The gateway cannot start with this configuration:\n${lines.join('\n')}\n`);
  process.exitCode = 1;
} else {
  const { configuration } = loading;
  const tracing = (onTrouble: (trouble: TracingTrouble) => void) =>
    loadTracing({ variables, version, configuration, onTrouble });
  const gateway = await startGateway({ configuration, reload: load, tracing });
  stopOnSignal(() => gateway.stop());
}
