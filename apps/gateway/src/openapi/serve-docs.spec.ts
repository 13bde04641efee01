import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedEndpoint } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { documentOf, operationsOf, problemsOf } from './openapi-under-test.ts';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
});

afterEach(async () => {
  await gateway.stop();
  await provider.close();
});

async function start(variables: Record<string, string> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start({ provider, variables });
}

/** The routes of the HTTP server, as `GET /health/live`; without HEAD, which stands beside each GET. */
function servedRoutes(): string[] {
  const tree = gateway.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const path: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods] = /^([│ ]*)[├└]── (\S+)(?: \((.+)\))?$/.exec(line) ?? [];
    path.splice(indent.length / 4, Infinity, part);
    const route = path.join('').replaceAll(/:(\w+)/g, '{$1}');
    return (methods?.split(', ') ?? [])
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${route}`);
  });
}

describe('GET /docs/openapi.json', () => {
  it.each(['grpc,consumer,callbacks', 'grpc', 'consumer', 'callbacks', 'consumer,callbacks'])(
    'describes every route that is served with ROLES=%s, and no other',
    async (ROLES) => {
      await start({ ROLES });
      const operations = operationsOf(await documentOf(gateway.url));
      // Whatever the method, its token is asked for; what is offered is one.
      const isOffered = (route: string): boolean =>
        !route.includes(' /docs') && (!route.includes(' /callbacks/') || route.startsWith('POST '));
      expect(operations.map(({ route }) => route).sort()).toEqual(servedRoutes().filter(isOffered).sort());
      expect(operations.filter(({ summary }) => !summary)).toEqual([]);
    },
  );

  it('says which header callbacks present their token in', async () => {
    await start({ CALLBACK_TOKEN_HEADER: 'x-callback-token' });
    expect(await documentOf(gateway.url)).toMatchObject({
      components: { securitySchemes: { callbackToken: { in: 'header', name: 'x-callback-token' } } },
    });
  });

  it('has only examples that its schemas allow', async () => {
    await start();
    const contents = operationsOf(await documentOf(gateway.url)).flatMap(
      ({ route, requestBody, responses }) =>
        [requestBody, ...Object.values(responses)].flatMap((part) =>
          Object.values(part?.content ?? {}).map((content) => ({ route, ...content })),
        ),
    );
    for (const { route, schema, examples } of contents) {
      for (const [name, { value }] of Object.entries(examples ?? {})) {
        expect([route, name, problemsOf(schema, value)]).toEqual([route, name, []]);
      }
    }
    expect(contents.length).toBeGreaterThan(20);
  });
});

describe('GET /docs', () => {
  it('is a page that runs nothing inline and loads only what this process serves', async () => {
    await start();
    const page = await fetch(`${gateway.url}/docs`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
    expect(html).not.toMatch(/<style|<script>|https?:/);
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(loaded).toContain('docs/swagger-ui-bundle.js');
    for (const address of loaded) {
      const file = await fetch(new URL(address, `${gateway.url}/docs`));
      expect([address, file.status]).toEqual([address, 200]);
      await file.arrayBuffer();
    }
  });

  it('lets nothing be tried that sends a text', async () => {
    await start();
    const script = await (await fetch(`${gateway.url}/docs/page.js`)).text();
    expect(script).toContain("supportedSubmitMethods: ['get']");
  });
});
