import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';
import { composeFile } from './compose-file.ts';
import { findCompose, hasImage } from './compose.ts';
import type { Compose } from './compose.ts';
import { whyNoDocker } from './docker.ts';
import type { Finished } from './docker.ts';

const BUILD_TIMEOUT_MS = 900_000;
const UP_TIMEOUT_MS = 300_000;
const DOWN_TIMEOUT_MS = 120_000;
const SCRAPED_TIMEOUT_MS = 30_000;

const IMAGES = Object.values(composeFile.services).flatMap(({ image, build }) => (build ? [] : [image]));

const found = await findWhatItNeeds();
const describeWithCompose = typeof found === 'string' ? describe.skip : describe;
const skipped = typeof found === 'string' ? ` (skipped: ${found})` : '';

describeWithCompose(`docker-compose.yml (needs Docker with Compose, and its images)${skipped}`, () => {
  const project = `parley-test-${randomUUID()}`;

  beforeAll(() => done(['--profile', 'demo', 'build'], BUILD_TIMEOUT_MS), BUILD_TIMEOUT_MS);
  afterAll(
    () => done(['--profile', 'demo', 'down', '--volumes', '--timeout=30'], DOWN_TIMEOUT_MS),
    DOWN_TIMEOUT_MS,
  );

  it(
    'brings a message all the way by one command: sent, and shown until it is read',
    async () => {
      const output = await done(['run', '--rm', '-T', 'demo'], UP_TIMEOUT_MS);
      expect(output).toMatch(/^ACCEPTED {2}id=\S+ {2}key=whatsapp-\S+$/m);
      for (const status of ['ACCEPTED', 'SENT', 'DELIVERED', 'READ'])
        expect(output).toMatch(new RegExp(String.raw`^\S+Z {2}${status} `, 'm'));
    },
    UP_TIMEOUT_MS,
  );

  it(
    'creates the topics and lets Prometheus scrape the gateway, with rules that it understands',
    async () => {
      await done(['up', '--detach'], UP_TIMEOUT_MS);
      const inside = ['exec', '-T', 'prometheus', 'wget', '-q', '-O', '-'];
      const ask = (path: string) =>
        done([...inside, `http://127.0.0.1:9090/api/v1/${path}`], DOWN_TIMEOUT_MS);
      await waitUntil(async () => (await ask('query?query=up{job="parley"}')).includes(',"1"]'), {
        signal: AbortSignal.timeout(SCRAPED_TIMEOUT_MS),
        everyMs: 1_000,
      });
      expect(await ask('rules')).toContain('"status":"success"');
    },
    UP_TIMEOUT_MS,
  );

  it(
    'stops gateway and sandbox in good order',
    async () => {
      await done(['stop'], DOWN_TIMEOUT_MS);
      const { output } = await compose(['ps', '--all'], DOWN_TIMEOUT_MS);
      for (const ours of ['gateway', 'sandbox']) {
        expect(output).toMatch(new RegExp(`${ours}.*Exit(ed)? \\(?0`));
      }
    },
    DOWN_TIMEOUT_MS,
  );

  async function done(args: readonly string[], timeoutMs: number): Promise<string> {
    const { exitCode, output } = await compose(args, timeoutMs);
    if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}:\n${output}`);
    return output;
  }

  function compose(args: readonly string[], timeoutMs: number): Promise<Finished> {
    return (found as Compose).run(project, args, timeoutMs);
  }
});

/** Or what is missing: nothing is pulled for a test. */
async function findWhatItNeeds(): Promise<Compose | string> {
  const missing = await whyNoDocker();
  if (missing !== undefined) return missing;
  for (const image of new Set(IMAGES)) if (!(await hasImage(image))) return `no image ${image}`;
  return (await findCompose()) ?? 'no Docker Compose';
}
