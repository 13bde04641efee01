import { join } from 'node:path';
import { loadConfiguration } from '../../apps/gateway/src/configuration/load-configuration.ts';
import type { ConfigurationLoading } from '../../apps/gateway/src/configuration/load-configuration.ts';
import type { Manifest, PodSpec } from './manifests.ts';

/** What the Secrets hold, by the setting it is for. */
const SECRETS: Readonly<Record<string, string>> = {
  INSIDER_AUTH_KEY: 'INS.key',
  CALLBACK_TOKENS: 'current,next',
  CALLERS_FILE: JSON.stringify({
    callers: [{ name: 'checkout', tokenSha256: '0'.repeat(64), accounts: ['*'] }],
  }),
  ACCOUNTS_FILE: JSON.stringify({ accounts: [{ name: 'shop', authKey: 'INS.shop' }] }),
  REDIS_URL: 'rediss://:password@redis.example.com:6379',
  KAFKA_SASL_USERNAME: 'parley',
  KAFKA_SASL_PASSWORD: 'password',
};

/** What a gateway makes of its environment and of the files that are mounted in such a pod. */
export function configurationInPod(pod: PodSpec, manifests: readonly Manifest[]): ConfigurationLoading {
  const variables = Object.fromEntries(pod.containers[0].env?.map(({ name, value }) => [name, value]) ?? []);
  const files = filesOf(pod, manifests);
  const readFile = (path: string): string => {
    const content = files.get(path);
    if (content === undefined) throw new Error(`no file ${path}`);
    return content;
  };
  return loadConfiguration({ variables, readFile, version: '0.0.0' });
}

/** By path; what stands in volumes that the installation brings itself is left out. */
function filesOf(pod: PodSpec, manifests: readonly Manifest[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, mountPath } of pod.containers[0].volumeMounts) {
    const volume = pod.volumes?.find((each) => each.name === name);
    if (!volume) throw new Error(`no volume ${name}`);
    for (const { secret } of volume.projected?.sources ?? []) {
      for (const { path } of secret.items) files.set(join(mountPath, path), SECRETS[path] ?? '');
    }
    const configMap = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === volume.configMap?.name,
    );
    for (const [key, content] of Object.entries(configMap?.data ?? {}))
      files.set(join(mountPath, key), content);
  }
  return files;
}
