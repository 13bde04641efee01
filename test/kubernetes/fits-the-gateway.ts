import { expect, it } from '@jest/globals';
import type { Configuration } from '../../apps/gateway/src/configuration/configuration.ts';
import { SETTING_NAMES } from '../../apps/gateway/src/configuration/environment.ts';
import { stopWithinMs } from '../../apps/gateway/src/start-gateway.ts';
import { ofKind, selects } from './manifests.ts';
import type { Labels, Manifest, ManifestOf, PodSpec } from './manifests.ts';
import { configurationInPod } from './pod-environment.ts';

/** Left over when a gateway has taken as long as it may to end by itself. */
const SPARE_MS = 5_000;

/** What no schema knows: that the manifests fit each other, and the gateway. Registers the tests of one installation. */
export function describeManifests(manifests: () => readonly Manifest[]): void {
  const deployments = (): ManifestOf<'Deployment'>[] => ofKind(manifests(), 'Deployment');
  const services = (): ManifestOf<'Service'>[] => ofKind(manifests(), 'Service');
  const pods = (): { name: string; labels: Labels; spec: PodSpec }[] =>
    deployments().map(({ metadata, spec }) => ({
      name: metadata.name,
      labels: spec.template.metadata.labels,
      spec: spec.template.spec,
    }));
  const selectedBy = (selector: Labels): string[] =>
    pods()
      .filter(({ labels }) => selects(selector, labels))
      .map(({ name }) => name);

  function configurationOf(pod: PodSpec): Configuration {
    const loading = configurationInPod(pod, manifests());
    if (loading.kind === 'invalid') throw new Error(loading.problems.join('\n'));
    return loading.configuration;
  }

  it('gives each pod an environment and files that the gateway takes, for the roles that the pod is labelled with', () => {
    for (const { labels, spec } of pods()) {
      const labelled = [...configurationOf(spec).roles].filter((role) => labels[`parley/${role}`] === 'true');
      expect(new Set(labelled)).toEqual(configurationOf(spec).roles);
    }
  });

  it('names in the environment settings alone, each once, and no secret', () => {
    const known = new Set(SETTING_NAMES.flatMap((name) => [name, `${name}_FILE`]));
    for (const { spec } of pods()) {
      const names = (spec.containers[0].env ?? []).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const others = names.filter((name) => !known.has(name) && !name.startsWith('OTEL_'));
      expect(others.filter((name) => name !== 'NODE_EXTRA_CA_CERTS')).toEqual([]);
      expect(names).not.toContain('INSIDER_AUTH_KEY');
      expect(names).toContain('INSIDER_AUTH_KEY_FILE');
    }
    expect(manifests().filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('opens the ports that the gateway listens on', () => {
    for (const { spec } of pods()) {
      const { grpcUrl, http, roles } = configurationOf(spec);
      const expected = { http: http.port, ...(roles.has('grpc') && { grpc: Number(grpcUrl.split(':')[1]) }) };
      const ports = spec.containers[0].ports ?? [];
      expect(Object.fromEntries(ports.map((port) => [port.name, port.containerPort]))).toEqual(expected);
      const probed = spec.containers[0].readinessProbe.grpc?.port;
      expect(probed).toBe(expected.grpc);
    }
  });

  it('has Deployments whose selectors take their own pods and no others', () => {
    for (const { metadata, spec } of deployments()) {
      expect(selectedBy(spec.selector.matchLabels)).toEqual([metadata.name]);
    }
  });

  it('has Services that lead to the pods of their role, at ports that these have', () => {
    expect(services().length).toBeGreaterThan(1);
    for (const { metadata, spec } of services()) {
      const role = (['grpc', 'callbacks'] as const).find((each) => metadata.name.endsWith(`-${each}`));
      const meant = pods().filter((pod) => !role || configurationOf(pod.spec).roles.has(role));
      expect(selectedBy(spec.selector)).toEqual(meant.map(({ name }) => name));
      for (const pod of meant) {
        const ports = pod.spec.containers[0].ports ?? [];
        const targets = spec.ports.map(({ targetPort }) => ports.find(({ name }) => name === targetPort));
        expect(targets.map((port) => port?.containerPort)).toEqual(spec.ports.map(({ port }) => port));
      }
    }
  });

  it('scales and protects Deployments that there are, each by one hand', () => {
    const targets = [
      ...ofKind(manifests(), 'HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef.name),
      ...ofKind(manifests(), 'ScaledObject').map(({ spec }) => spec.scaleTargetRef.name),
    ];
    const withoutReplicas = deployments().filter(({ spec }) => spec.replicas === undefined);
    expect(targets.sort()).toEqual(withoutReplicas.map(({ metadata }) => metadata.name).sort());
    for (const { metadata, spec } of ofKind(manifests(), 'PodDisruptionBudget')) {
      expect(selectedBy(spec.selector.matchLabels)).toEqual([metadata.name]);
    }
  });

  it('follows with KEDA the group and topic that the pods consume, with the login that they have', () => {
    for (const { spec } of ofKind(manifests(), 'ScaledObject')) {
      const pod = pods().find(({ name }) => name === spec.scaleTargetRef.name);
      if (!pod) throw new Error(`no Deployment ${spec.scaleTargetRef.name}`);
      const { consumerGroupId, kafka, topics } = configurationOf(pod.spec);
      const [{ metadata, authenticationRef }] = spec.triggers;
      expect(metadata).toMatchObject({
        bootstrapServers: kafka?.brokers.join(','),
        consumerGroup: consumerGroupId,
        topic: topics.send,
      });
      expect(metadata['tls'] === 'enable').toBe(kafka?.ssl);
      const [login] = ofKind(manifests(), 'TriggerAuthentication');
      expect(authenticationRef?.name).toBe(kafka?.sasl && login?.metadata.name);
      expect(metadata['sasl']?.replace('_sha', '-sha-')).toBe(kafka?.sasl?.mechanism);
    }
  });

  it('leaves a pod the time to end what it took, and takes none away before its successor is ready', () => {
    for (const { spec } of deployments()) {
      const pod = spec.template.spec;
      const [{ lifecycle }] = pod.containers;
      const stopMs = stopWithinMs(configurationOf(pod)) + SPARE_MS;
      const preStopMs = (lifecycle?.preStop.sleep.seconds ?? 0) * 1000;
      expect((pod.terminationGracePeriodSeconds ?? 0) * 1000).toBeGreaterThanOrEqual(preStopMs + stopMs);
      expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    }
  });

  it('restarts a pod for nothing outside of it', () => {
    for (const { spec } of pods()) {
      const [{ startupProbe, livenessProbe, readinessProbe }] = spec.containers;
      expect(livenessProbe.httpGet).toEqual({ path: '/health/live', port: 'http' });
      expect(startupProbe.httpGet).toEqual({ path: '/health/startup', port: 'http' });
      const isReady = { path: '/health/ready', port: 'http' };
      expect(readinessProbe.httpGet).toEqual(readinessProbe.grpc ? undefined : isReady);
    }
  });

  it('lets into the pods, and out of them, what is named and nothing else', () => {
    for (const { spec } of ofKind(manifests(), 'NetworkPolicy')) {
      expect(selectedBy(spec.podSelector.matchLabels)).toEqual(pods().map(({ name }) => name));
      for (const { from } of spec.ingress) expect(from).not.toHaveLength(0);
      const open = spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port));
      for (const pod of pods()) {
        const { kafka, accounts } = configurationOf(pod.spec);
        for (const broker of kafka?.brokers ?? []) expect(open).toContain(Number(broker.split(':')[1]));
        for (const { baseUrl } of accounts) expect(open).toContain(Number(new URL(baseUrl).port || 443));
      }
    }
  });

  it('leads from outside to callbacks, and to /v1/ where that is wished, and to nothing else', () => {
    for (const { spec } of ofKind(manifests(), 'Ingress')) {
      const paths = spec.rules.flatMap(({ http }) => http.paths);
      const doors: Readonly<Record<string, string>> = { '/callbacks/': 'callbacks', '/v1/': 'grpc' };
      for (const { path, backend } of paths) {
        const service = services().find(({ metadata }) => metadata.name === backend.service.name);
        expect(service?.spec.selector).toMatchObject({ [`parley/${doors[path]}`]: 'true' });
        expect(service?.spec.ports.map(({ name }) => name)).toContain(backend.service.port.name);
      }
    }
  });

  it('has the metrics of every pod read, once', () => {
    for (const { spec } of ofKind(manifests(), 'ServiceMonitor')) {
      const read = services().filter(({ metadata }) =>
        selects(spec.selector.matchLabels, metadata.labels ?? {}),
      );
      expect(read).toHaveLength(1);
      expect(selectedBy(read[0]?.spec.selector ?? {})).toEqual(pods().map(({ name }) => name));
    }
  });

  it('tests Services that there are, from a pod that none of them leads to', () => {
    const [test] = ofKind(manifests(), 'Pod');
    const urls = test?.spec.containers[0].args?.filter((arg) => /^--\w+=http/.test(arg)) ?? [];
    expect(urls).not.toHaveLength(0);
    for (const url of urls.map((arg) => new URL(arg.split('=')[1] ?? ''))) {
      const service = services().find(({ metadata }) => metadata.name === url.hostname);
      expect(service?.spec.ports.map(({ port }) => port)).toContain(Number(url.port));
    }
    for (const { spec } of services()) {
      expect(selects(spec.selector, test?.metadata.labels ?? {})).toBe(false);
    }
  });

  it('runs without root, rights or a place to write to', () => {
    const all = [...pods().map(({ spec }) => spec), ...ofKind(manifests(), 'Pod').map(({ spec }) => spec)];
    for (const pod of all) {
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });
}
