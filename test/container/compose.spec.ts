import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TOPICS } from '@parley/contracts';
import { parse } from 'yaml';
import { SETTING_NAMES } from '../../apps/gateway/src/configuration/environment.ts';
import { loadConfiguration } from '../../apps/gateway/src/configuration/load-configuration.ts';
import { readConfiguration } from '../../apps/sandbox/src/configuration/read-configuration.ts';
import { kafkaVersion } from '../../libs/provisioning/src/kafka/version.ts';
import { REPOSITORY } from '../processes/service-process.ts';
import { composeFile, composeService } from './compose-file.ts';
import { contentsOf } from './dockerfile.ts';

const ONE_SHOTS = ['topics', 'demo'];

const services = Object.entries(composeFile.services).map(([name, service]) => ({ name, service }));
const gateway = environmentOf('gateway');
const sandbox = environmentOf('sandbox');

/** What no linter can know: how docker-compose.yml fits the rest of the repository. */
describe('docker-compose.yml', () => {
  it('configures a gateway that starts, in production, with settings that exist', () => {
    expect(Object.keys(gateway).filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
    const variables = { NODE_ENV: 'production', ...gateway };
    const loading = loadConfiguration({ variables, readFile: () => '', version: '0' });
    expect(loading).toMatchObject({ kind: 'valid', configuration: { production: true } });
  });

  it('configures a sandbox that starts, with settings that exist', () => {
    expect(readConfiguration(sandbox)).toMatchObject({ kind: 'ok' });
  });

  it('wires gateway and sandbox to each other', () => {
    expect(gateway['INSIDER_BASE_URL']).toBe('http://sandbox:4000');
    expect(gateway['INSIDER_AUTH_KEY']).toBe(sandbox['SANDBOX_AUTH_KEY']);
    expect(sandbox['SANDBOX_CALLBACK_URL']).toBe('http://gateway:3000/callbacks/insider/default');
    expect(gateway['CALLBACK_TOKENS']).toBe(sandbox['SANDBOX_CALLBACK_TOKEN']);
    expect(environmentOf('kafka')['KAFKA_ADVERTISED_LISTENERS']).toContain(`//${gateway['KAFKA_BROKERS']},`);
    expect(gateway['REDIS_URL']).toBe('redis://redis:6379');
  });

  it('creates the contract’s topics', () => {
    const topics = (composeService('topics').command ?? []).map((each) => each.split(':'));
    expect(topics.map(([name]) => name).sort()).toEqual(Object.values(TOPICS).sort());
    expect(topics.every(([, partitions]) => Number(partitions) >= 1)).toBe(true);
  });

  it('publishes the contract’s ports, each for this machine alone and free to be moved', () => {
    const published = services.flatMap(({ name, service }) =>
      (service.ports ?? []).map((each) => {
        const [, outside, inside] = /^127\.0\.0\.1:\$\{PARLEY_[A-Z]+_PORT:-(\d+)\}:(\d+)$/.exec(each) ?? [];
        return `${name} ${outside} ${inside}`;
      }),
    );
    expect(published).toEqual([
      'kafka 9092 9092',
      'sandbox 4000 4000',
      'gateway 50051 50051',
      'gateway 3000 3000',
      'prometheus 9090 9090',
      // Where it would be otherwise is the gateway.
      'grafana 3001 3000',
    ]);
  });

  it('takes exact versions, Kafka’s the one of the tests', () => {
    const images = services.filter(({ service }) => !service.build).map(({ service }) => service.image);
    for (const image of images) expect(image).toMatch(/^[a-z/]+:v?\d+\.\d+\.\d+$/);
    expect(composeService('kafka').image).toBe(`apache/kafka:${kafkaVersion()}`);
    expect(composeService('topics').image).toBe(composeService('kafka').image);
  });

  it('builds the Dockerfile’s images', () => {
    const built = services.flatMap(({ service: { image, build } }) => (build ? { image, ...build } : []));
    expect(built).toEqual(
      ['sandbox', 'gateway', 'cli'].map((target) => ({ image: `parley-${target}`, context: '.', target })),
    );
    for (const { target } of built) expect(contentsOf(target, 'CMD')).toHaveLength(1);
  });

  it('keeps what Redis acknowledged, all but a second of it, and refuses rather than forgets', () => {
    expect(composeService('redis').command).toEqual(
      expect.arrayContaining(['--appendonly yes', '--appendfsync everysec', '--maxmemory-policy noeviction']),
    );
  });

  it('gives the rules and the dashboard of the chart to Prometheus and Grafana, and everything else that it mounts is there', () => {
    const mounted = services.flatMap(({ service }) => service.volumes ?? []).map((each) => each.split(':'));
    const files = mounted.filter(([source]) => source?.startsWith('./'));
    expect(files.filter(([source = '']) => !existsSync(join(REPOSITORY, source)))).toEqual([]);
    expect(files.filter(([, , mode]) => mode !== 'ro')).toEqual([]);
    expect(files.map(([source]) => source)).toEqual(
      expect.arrayContaining(
        ['alerts.yaml', 'dashboard.json'].map((name) => `./deploy/helm/parley/files/${name}`),
      ),
    );
    const named = mounted.map(([source = '']) => source).filter((source) => !source.startsWith('./'));
    expect(named.sort()).toEqual(Object.keys(composeFile.volumes).sort());
  });

  it('lets Prometheus scrape the gateway', () => {
    const { scrape_configs: jobs } = parse(
      readFileSync(join(REPOSITORY, 'deploy/compose/prometheus.yml'), 'utf8'),
    ) as { scrape_configs: { static_configs: { targets: string[] }[] }[] };
    expect(jobs.flatMap((job) => job.static_configs.flatMap(({ targets }) => targets))).toContain(
      'gateway:3000',
    );
  });

  describe.each(services)('$name', ({ name, service }) => {
    const { build, depends_on: needs = {} } = service;
    const isOneShot = ONE_SHOTS.includes(name);

    it('tells whether it is healthy, or runs to its end', () => {
      const ofImage = build ? contentsOf(build.target, 'HEALTHCHECK').filter((each) => each !== 'NONE') : [];
      expect(service.healthcheck !== undefined || ofImage.length > 0).toBe(!isOneShot);
      expect(service.restart).toBe(isOneShot ? 'no' : 'unless-stopped');
    });

    it('begins when what it needs is healthy, or done', () => {
      for (const [needed, { condition }] of Object.entries(needs)) {
        expect(Object.keys(composeFile.services)).toContain(needed);
        const done = ONE_SHOTS.includes(needed);
        expect(condition).toBe(done ? 'service_completed_successfully' : 'service_healthy');
      }
    });

    it('may do no more than it must', () => {
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toEqual(['no-new-privileges:true']);
      expect(service.mem_limit).toMatch(/^\d+[mg]$/);
      expect(service.pids_limit).toBeGreaterThan(0);
      if (!service.image.startsWith('apache/kafka')) expect(service.read_only).toBe(true);
    });
  });
});

function environmentOf(name: string): Record<string, string> {
  const entries = Object.entries(composeService(name).environment ?? {});
  return Object.fromEntries(entries.map(([variable, value]) => [variable, String(value)]));
}
