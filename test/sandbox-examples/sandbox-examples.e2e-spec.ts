import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rowsOf } from '@parley/testing';
import { SandboxProcess } from '../sandbox/sandbox-process.ts';
import { blocksOf, curlExamplesOf } from './curl-examples.ts';
import { itemsOf, readCollection, sendItem } from './postman-collection.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const PAGE = readFileSync(join(DOCS, 'sandbox.md'), 'utf8');
const COLLECTION = readCollection(join(DOCS, 'sandbox/insider.postman_collection.json'));
const PAGE_URL = 'http://localhost:4000';
const AUTH_KEY = 'INS.local';
const RUN_TIMEOUT_MS = 20_000;

const run = promisify(execFile);
const describeWithCurl = spawnSync('curl', ['--version']).status === 0 ? describe : describe.skip;

let sandbox: SandboxProcess;

beforeAll(async () => {
  // As the page starts it: the window is enforced.
  sandbox = await SandboxProcess.start({ SANDBOX_AUTH_KEY: AUTH_KEY, SANDBOX_ENFORCE_WINDOW: 'true' });
}, 60_000);
afterAll(() => sandbox.stop(), 60_000);

describe('The routes in docs/sandbox.md', () => {
  it('are those of the OpenAPI document', async () => {
    const response = await fetch(`${sandbox.url}/sandbox/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, object> };
    const served = Object.entries(paths)
      .filter(([path]) => path.startsWith('/sandbox/'))
      .map(([path, methods]) => [`\`${path}\``, Object.keys(methods).sort()]);
    const told = rowsOf(PAGE, ['Path', 'Methods', 'What']).map(([path, methods = '']) => [
      path,
      methods.toLowerCase().split(', ').sort(),
    ]);
    expect(told.sort()).toEqual(served.sort());
  });
});

describeWithCurl('The curl examples of docs/sandbox.md (need curl)', () => {
  const examples = curlExamplesOf(PAGE);

  it('are all read here', () => {
    expect(examples.length).toBeGreaterThanOrEqual(8);
    expect(PAGE.match(/^curl /gm)).toHaveLength(examples.flatMap(({ statuses }) => statuses).length);
  });

  it.each(examples)('are answered as they say: $# under “$section”', async ({ script, statuses }) => {
    const here = script.replaceAll(PAGE_URL, sandbox.url);
    // Instead of each body its status: what is printed of it is shortened on the page.
    const told = `curl() { command curl -o /dev/null -w '%{http_code}\\n' "$@"; }\n${here}`;
    const { stdout } = await run('sh', ['-euc', told], { timeout: RUN_TIMEOUT_MS });
    expect(stdout.trim().split('\n').map(Number)).toEqual(statuses);
  });
});

describe('The TypeScript example of docs/sandbox.md', () => {
  it('waits for its message', async () => {
    const [example] = blocksOf(PAGE, 'ts');
    const folder = await mkdtemp(join(tmpdir(), 'parley-example-'));
    try {
      await writeFile(join(folder, 'example.mts'), example?.text ?? 'throw new Error("no example");');
      const env = { PATH: process.env['PATH'], SANDBOX_URL: sandbox.url };
      await run(process.execPath, [join(folder, 'example.mts')], { env, timeout: RUN_TIMEOUT_MS });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('The Postman collection', () => {
  const items = itemsOf(COLLECTION);
  const variables = (): Map<string, string> =>
    new Map([
      ...COLLECTION.variable.map(({ key, value }): [string, string] => [key, value]),
      ['baseUrl', sandbox.url],
    ]);

  it('is of the format v2.1, with the address and the key of the page', () => {
    expect(COLLECTION.info.schema).toBe(
      'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    );
    expect(COLLECTION.variable).toEqual([
      { key: 'baseUrl', value: PAGE_URL },
      { key: 'authKey', value: AUTH_KEY },
      { key: 'phoneNumber', value: expect.stringMatching(/^\+\d+$/) },
    ]);
    expect(new Set(items.map(({ name }) => name)).size).toBe(items.length);
  });

  it.each(items)('has an address that is told the same in all its parts: $name', ({ request: { url } }) => {
    const query = url.query?.map(({ key, value }) => `${key}=${value}`).join('&');
    expect(url.raw).toBe([[...url.host, ...url.path].join('/'), query].filter(Boolean).join('?'));
  });

  it.each(items)('is answered as it is saved: $name', async (item) => {
    const [saved] = item.response;
    const answer = await sendItem(item, variables());
    expect(answer.status).toBe(saved?.code);
    expect(fieldsOf(answer.text)).toEqual(expect.arrayContaining(fieldsOf(saved?.body)));
  });
});

/** Of a JSON object; of nothing, none. */
function fieldsOf(text = ''): string[] {
  return text === '' ? [] : Object.keys(JSON.parse(text) as object);
}
