import { writeFileSync } from 'node:fs';
import { Sender } from '@parley/sender';
// By its path: this runs without the source condition, and nobody builds that package.
import { monotonicMs } from '../libs/testing/src/monotonic-ms.ts';

/**
 * Loaded into a gateway (`--import`): notes when the sender was handed each message, by its body, and writes that to
 * the file that `?file=` names when the process ends. The gateway itself is the one that is deployed.
 */
const file = new URL(import.meta.url).searchParams.get('file') ?? '';
const acceptedAtMs: Record<string, number> = {};
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
const { submit } = Sender.prototype;

Sender.prototype.submit = function (messages, options) {
  const atMs = monotonicMs();
  for (const { text } of messages) acceptedAtMs[text.body] = atMs;
  return submit.call(this, messages, options);
};
process.once('exit', () => writeFileSync(file, JSON.stringify(acceptedAtMs)));
