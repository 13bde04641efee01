import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Absent, StartContext } from '../first-available.ts';
import { freePort } from '../free-port.ts';
import { LeashedProcess } from '../process/leashed-process.ts';
import type { Restartable } from '../process/leashed-process.ts';
import { runCommand } from '../process/run-command.ts';
import { untilKafkaAnswers } from './answers.ts';
import { brokerSettings } from './broker-settings.ts';
import { resolveClassPath } from './class-path.ts';
import { QUICK_START, javaProgram, kafkaTools } from './tools.ts';
import type { KafkaTools } from './tools.ts';
import { KAFKA_POM, kafkaVersion } from './version.ts';

const OLDEST_JAVA = 17;
const GRACE_MS = 5_000;
const CACHE_FOLDER = fileURLToPath(new URL('../../../../.parley', import.meta.url));

/** A process of this machine: its class path is known, and it can be taken down and brought back. */
export interface LocalKafka {
  readonly kind: 'maven';
  readonly describe: string;
  readonly brokers: string;
  readonly tools: KafkaTools;
  readonly broker: Restartable;
  /** Also removes its data. */
  stop(): Promise<void>;
}

export interface LocalKafkaAddress {
  /** On 127.0.0.1. @default a free one */
  readonly brokerPort?: number;
  /** `host:port` under which it sends its clients to itself, such as a proxy's. @default its own */
  readonly advertised?: string;
}

/** Starts Apache Kafka as a process of this machine: needs Java 17 or newer, and Maven to find its jars. */
export async function kafkaThroughMaven(
  context: StartContext,
  address: LocalKafkaAddress = {},
): Promise<LocalKafka | Absent> {
  const { signal } = context;
  const javaVersion = await installedJava(signal);
  if (javaVersion === undefined) return { kind: 'absent', reason: 'no java' };
  if (javaVersion < OLDEST_JAVA) return { kind: 'absent', reason: `Java ${javaVersion} is too old` };
  const what = `Apache Kafka ${kafkaVersion()}`;
  const classPath = await resolveClassPath({ pom: KAFKA_POM, cacheFolder: CACHE_FOLDER, what, context });
  if (classPath === undefined) return { kind: 'absent', reason: 'no mvn' };

  const brokerPort = address.brokerPort ?? (await freePort());
  const brokers = `127.0.0.1:${brokerPort}`;
  const { advertised = brokers } = address;
  const broker = await startBroker({ classPath, brokerPort, brokers, advertised, signal });
  return {
    kind: 'maven',
    describe: `${what} through Maven, Java ${javaVersion}`,
    brokers,
    tools: kafkaTools(classPath),
    broker,
    stop: () => broker.release(),
  };
}

interface BrokerOptions {
  readonly classPath: string;
  readonly brokerPort: number;
  readonly brokers: string;
  readonly advertised: string;
  readonly signal: AbortSignal;
}

async function startBroker({
  classPath,
  brokerPort,
  brokers,
  advertised,
  signal,
}: BrokerOptions): Promise<LeashedProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-kafka-'));
  const settings = join(folder, 'server.properties');
  const java = [...QUICK_START, '-Xms256m', '-Xmx512m', '-cp', classPath];
  const broker = new LeashedProcess({
    file: javaProgram(process.env),
    args: [...java, 'kafka.Kafka', settings],
    graceMs: GRACE_MS,
    folder,
  });
  try {
    const controllerPort = await freePort();
    const properties = {
      ...brokerSettings({ advertised, listenHost: '127.0.0.1', brokerPort, controllerPort }),
      'log.dirs': join(folder, 'data'),
    };
    await writeFile(
      settings,
      Object.entries(properties)
        .map((entry) => entry.join('='))
        .join('\n'),
    );
    await format(java, settings, signal);
    await broker.start();
    await answerOrEnd(broker, brokers, signal);
    return broker;
  } catch (error) {
    await broker.release();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Writes the metadata that a KRaft node asks for before its first start, with this version's features turned on. */
async function format(java: readonly string[], settings: string, signal: AbortSignal): Promise<void> {
  const args = [
    ...java,
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id',
    CLUSTER_ID,
    '--config',
    settings,
  ];
  const outcome = await runCommand(javaProgram(process.env), args, { signal });
  if (outcome.kind === 'not-found' || outcome.exitCode !== 0) {
    throw new Error(
      `its storage could not be formatted: ${outcome.kind === 'exited' ? outcome.output : 'no java'}`,
    );
  }
}

/** 16 bytes in base64url, as Kafka wants them; nothing depends on which. */
const CLUSTER_ID = 'cGFybGV5LWRldi1rYWZrYQ';

async function answerOrEnd(broker: LeashedProcess, brokers: string, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  try {
    await Promise.race([
      untilKafkaAnswers(brokers, AbortSignal.any([signal, waiting.signal])),
      broker.exited.then(({ exitCode }) => {
        throw new Error(`the broker ended with exit code ${exitCode}: ${broker.tail.at(-1) ?? 'no output'}`);
      }),
    ]);
  } finally {
    waiting.abort();
  }
}

async function installedJava(signal: AbortSignal): Promise<number | undefined> {
  const outcome = await runCommand(javaProgram(process.env), ['-version'], { signal });
  const version = outcome.kind === 'exited' ? /version "(\d+)/.exec(outcome.output)?.[1] : undefined;
  return version === undefined ? undefined : Number(version);
}
