import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeashedProcess, freePort, waitUntil } from '@parley/provisioning';
import { stringify } from 'yaml';

const READY_TIMEOUT_MS = 20_000;
const ASK_TIMEOUT_MS = 10_000;
const GRACE_MS = 2_000;

/** One series of an instant query's answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus of the test's own, which scrapes some addresses each second and follows a file of rules. */
export class PrometheusServer {
  readonly url: string;
  readonly #process: LeashedProcess;

  private constructor(url: string, process: LeashedProcess) {
    this.url = url;
    this.#process = process;
  }

  /** @param options.targets `host:port`. Resolves once it answers. */
  static async start(options: {
    readonly server: string;
    readonly targets: readonly string[];
    readonly rules: string;
  }): Promise<PrometheusServer> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-prometheus-'));
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [options.rules],
      scrape_configs: [{ job_name: 'gateways', static_configs: [{ targets: options.targets }] }],
    };
    await writeFile(join(folder, 'prometheus.yml'), stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const child = new LeashedProcess({
      file: options.server,
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      graceMs: GRACE_MS,
      folder,
    });
    const server = new PrometheusServer(`http://${address}`, child);
    try {
      await child.start();
      const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/-/ready`)).ok;
      await waitUntil(isReady, { signal: AbortSignal.timeout(READY_TIMEOUT_MS), everyMs: 50 });
    } catch (cause) {
      await server.stop();
      throw new Error(['Prometheus did not become ready:', ...child.tail].join('\n  '), { cause });
    }
    return server;
  }

  /** What a query gives now. @throws Error with what is wrong with it */
  async query(expr: string): Promise<readonly Sample[]> {
    const data = (await this.#ask('query', { query: expr })) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Names of the alerting rules that it follows, with what went wrong when they were asked last. */
  async alertRules(): Promise<readonly { readonly name: string; readonly lastError?: string }[]> {
    const { groups } = (await this.#ask('rules', { type: 'alert' })) as {
      groups: { rules: { name: string; lastError?: string }[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await this.#process.release();
  }

  async #ask(what: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`, {
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const answer = (await response.json()) as { status: string; error?: string; data: unknown };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  }
}
