import { readFileSync } from 'node:fs';
import { ProcessEnd } from './process-end.ts';
import type { TracingTrouble } from './tracing/trouble-teller.ts';

// Loading the rest takes a second, in which a signal would find nobody.
const end = new ProcessEnd(process);
await import('reflect-metadata');
const { loadConfiguration } = await import('./configuration/load-configuration.ts');
const { startGateway, stopWithinMs } = await import('./start-gateway.ts');
const { loadTracing } = await import('./tracing/load-tracing.ts');

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
  end.runs(startGateway({ configuration, reload: load, tracing }), {
    stopWithinMs: stopWithinMs(configuration),
  });
}
