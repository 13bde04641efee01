import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { describeManifests } from './fits-the-gateway.ts';
import { installations, prepareHelm } from './helm.ts';
import type { Helm } from './helm.ts';
import type { Manifest } from './manifests.ts';
import { ofKind } from './manifests.ts';

const RENDER_TIMEOUT_MS = 60_000;
const OLDEST_KUBERNETES = '1.30';
const NEWEST_KUBERNETES = '1.37';
const CUSTOM = /^(keda\.sh|monitoring\.coreos\.com)\//;

const prepared = await prepareHelm();
const describeWithHelm = prepared.kind === 'ready' ? describe : describe.skip;
const skipped = prepared.kind === 'absent' ? ` (skipped: ${prepared.why})` : '';
const cases = await installations();

describeWithHelm(`The chart (needs Python)${skipped}`, () => {
  const rendered = new Map<string, readonly Manifest[]>();
  let fitsCustomResource: ValidateFunction;

  beforeAll(async () => {
    for (const { name, file } of cases) {
      const rendering = await helm().render('--values', file);
      if (rendering.kind === 'refused') throw new Error(`${name}: ${rendering.why}`);
      rendered.set(name, rendering.manifests);
    }
    const schema = await readFile(join(import.meta.dirname, 'custom-resources.schema.json'), 'utf8');
    fitsCustomResource = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(schema) as object);
  }, RENDER_TIMEOUT_MS);

  it.each(cases)('is without fault for helm: $name', async ({ file }) => {
    expect(await helm().lint('--values', file)).toContain('0 chart(s) failed');
  });

  it.each([OLDEST_KUBERNETES, NEWEST_KUBERNETES])(
    'installs what Kubernetes %s knows, field by field',
    async (version) => {
      const manifests = [...rendered.values()].flat().filter(({ apiVersion }) => !CUSTOM.test(apiVersion));
      const different = new Map(manifests.map((manifest) => [JSON.stringify(manifest), manifest]));
      expect(different.size).toBeGreaterThan(cases.length);
      expect(await helm().misfits([...different.values()], version)).toEqual([]);
    },
    RENDER_TIMEOUT_MS,
  );

  it('installs custom resources of the fields that KEDA and the Prometheus operator know', () => {
    const custom = [...rendered.values()].flat().filter(({ apiVersion }) => CUSTOM.test(apiVersion));
    expect(new Set(custom.map(({ kind }) => kind)).size).toBe(4);
    for (const manifest of custom) {
      const fits = fitsCustomResource(manifest);
      expect({ [manifest.kind]: fits ? [] : fitsCustomResource.errors }).toEqual({ [manifest.kind]: [] });
    }
  });

  it('would not install a probe of a misspelt name', async () => {
    const [deployment] = ofKind(rendered.get('roles-apart') ?? [], 'Deployment');
    const text = JSON.stringify(deployment).replace('"readinessProbe"', '"readinesProbe"');
    const misfits = await helm().misfits([JSON.parse(text) as Manifest], NEWEST_KUBERNETES);
    expect(misfits).toEqual([expect.stringContaining('readinesProbe')]);
  });

  it('writes numbers out, great ones and fractions', () => {
    const [deployment] = ofKind(rendered.get('monitored') ?? [], 'Deployment');
    expect(deployment?.spec.template.spec.containers[0].env).toEqual(
      expect.arrayContaining([
        { name: 'SPOOL_MAX_EVENTS', value: '1000000' },
        { name: 'OTEL_TRACES_SAMPLER_ARG', value: '0.1' },
      ]),
    );
  });

  it('leads from each alert to its runbook, where the installation says that these are read', () => {
    const [rule] = ofKind(rendered.get('monitored') ?? [], 'PrometheusRule');
    const pages = JSON.stringify(rule).match(/"runbook_url":"[^"]+"/g) ?? [];
    expect(pages.length).toBeGreaterThan(0);
    const base = 'https://code.example.com/parley/blob/main/docs/runbooks/';
    expect(pages.filter((page) => !page.startsWith(`"runbook_url":"${base}`))).toEqual([]);
  });

  it.each([
    ['replicas under another name', 'deployments.grpc.replcias=3', 'replcias'],
    ['a setting under another name', 'settings.INSIDER_TIMEOUT=500', 'INSIDER_TIMEOUT'],
    ['a secret among the settings', 'settings.INSIDER_AUTH_KEY=INS.key', 'INSIDER_AUTH_KEY'],
    ['a Deployment under another name', 'deployments.gprc.replicas=3', 'gprc'],
    ['a role that there is not', 'deployments.grpc.roles={sender}', 'deployments/grpc/roles'],
    ['a group under another name', 'networkPolicies.enabled=true', 'networkPolicies'],
    ['a broker without a port', 'settings.KAFKA_BROKERS=kafka', 'KAFKA_BROKERS'],
    ['a base that no page can follow', 'monitoring.prometheusRule.runbookBase=docs', 'runbookBase'],
    ['a variable of no tracing', 'tracing.OTLP_ENDPOINT=x', 'OTLP_ENDPOINT'],
    ['no brokers', 'settings.KAFKA_BROKERS=', 'settings.KAFKA_BROKERS is required'],
    ['no key', 'secrets.INSIDER_AUTH_KEY.name=', 'secrets.INSIDER_AUTH_KEY.name is required'],
    ['no callers', 'secrets.CALLERS_FILE.name=', 'settings.AUTH=off lets everybody call'],
    ['half a login to Kafka', 'secrets.KAFKA_SASL_USERNAME.name=x', 'set all or none'],
    ['several pods without Redis', 'secrets.REDIS_URL.name=', 'secrets.REDIS_URL.name is required'],
    ['too little time to stop', 'terminationGracePeriodSeconds=44', 'at least 45'],
    ['requests longer than the time to stop', 'settings.INSIDER_TIMEOUT_MS=10001', 'at least 46'],
    ['more consumers than partitions', 'deployments.consumer.replicas=13', 'at most 12 pods can consume'],
    ['KEDA where nothing consumes', 'deployments.consumer.roles={grpc}', 'deployments.consumer.keda'],
    ['an ingress to nowhere', 'deployments.callbacks.enabled=false', 'no Deployment has the role callbacks'],
  ])('refuses %s, and says where', async (_what, value, named) => {
    const valid = ['settings.KAFKA_BROKERS=kafka:9092', 'ingress.enabled=true'];
    const keda = ['deployments.consumer.keda.enabled=true'];
    const values = [...valid, ...(named.endsWith('keda') ? keda : []), value];
    const rendering = await helm().render(...values.map((each) => `--set=${each}`));
    expect(rendering).toEqual({ kind: 'refused', why: expect.stringContaining(named) });
  });

  it('tells all that does not fit together at once', async () => {
    const rendering = await helm().render(
      '--set=deployments.consumer.keda.enabled=true,deployments.consumer.keda.maxReplicas=13',
      '--set=deployments.consumer.keda.minReplicas=14',
    );
    expect(rendering).toMatchObject({ why: expect.stringContaining('KAFKA_BROKERS is required') });
    expect(rendering).toMatchObject({ why: expect.stringContaining('minReplicas is above maxReplicas') });
    expect(rendering).toMatchObject({ why: expect.stringContaining('at most 12 pods can consume') });
  });

  describe.each(cases)('$name', ({ name }) => {
    describeManifests(() => rendered.get(name) ?? []);
  });
});

function helm(): Helm {
  if (prepared.kind === 'absent') throw new Error(prepared.why);
  return prepared.helm;
}
