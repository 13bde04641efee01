import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { kafkaTools } from '@parley/provisioning';
import { until } from '@parley/testing';

const COMMAND_TIMEOUT_MS = 30_000;
// Neither JSON nor the headers of a record hold it unescaped.
const SEPARATOR = '\u001f';

/** A record as Kafka's console consumer printed it. */
export interface PrintedRecord {
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string;
  readonly value: Buffer;
}

export interface GroupPartition {
  readonly topic: string;
  readonly endOffset: number;
  readonly lag: number;
}

/** Kafka's own command line tools, as another team would use them against the same broker. */
export class KafkaConsole {
  readonly #brokers: string;
  readonly #classPath: string;
  readonly #readings = new Map<string, Reading>();

  constructor({ brokers, classPath }: { readonly brokers: string; readonly classPath: string }) {
    this.#brokers = brokers;
    this.#classPath = classPath;
  }

  /** Writes records without headers. A value must not hold a line break, a key no tab. */
  async produce(topic: string, records: readonly { key: string; value: string }[]): Promise<void> {
    const args = ['--topic', topic, '--reader-property', 'parse.key=true', '--command-property', 'acks=all'];
    const lines = records.map(({ key, value }) => `${key}\t${value}\n`);
    await this.#run('org.apache.kafka.tools.ConsoleProducer', args, lines.join(''));
  }

  /**
   * What a topic holds from its beginning, as soon as that is `enough`, or when it is not after `timeoutMs`. One consumer is
   * started for each topic, and reads on.
   */
  async consume(
    topic: string,
    {
      enough,
      timeoutMs,
    }: { readonly enough: (records: readonly PrintedRecord[]) => boolean; readonly timeoutMs: number },
  ): Promise<readonly PrintedRecord[]> {
    let reading = this.#readings.get(topic);
    if (!reading) this.#readings.set(topic, (reading = this.#read(topic)));
    const { records } = reading;
    await until(`enough of ${topic}`, () => enough(records), { timeoutMs }).catch(() => undefined);
    return [...records];
  }

  /** Ends the consumers. */
  async close(): Promise<void> {
    const readings = [...this.#readings.values()];
    this.#readings.clear();
    await Promise.all(
      readings.map(async ({ child, exited }) => {
        child.kill();
        await exited;
      }),
    );
  }

  async describeGroup(groupId: string): Promise<GroupPartition[]> {
    const output = await this.#group(['--describe', '--group', groupId]);
    return output
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([group]) => group === groupId)
      .map(([, topic = '', , , endOffset, lag]) => ({
        topic,
        endOffset: Number(endOffset),
        lag: Number(lag),
      }));
  }

  async listGroups(): Promise<string[]> {
    return (await this.#group(['--list'])).split('\n').filter(Boolean);
  }

  #read(topic: string): Reading {
    const printing = ['print.key=true', 'print.headers=true', `headers.separator=${SEPARATOR}`];
    const { file, args } = this.#command('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...['--topic', topic, '--from-beginning'],
      ...printing.flatMap((property) => ['--formatter-property', property]),
    ]);
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const records: PrintedRecord[] = [];
    let unread = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      const end = unread.lastIndexOf('\n') + 1;
      records.push(...printedRecords(unread.subarray(0, end)));
      unread = unread.subarray(end);
    });
    return { child, exited: once(child, 'exit'), records };
  }

  #group(args: readonly string[]): Promise<string> {
    return this.#run('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', args);
  }

  async #run(program: string, args: readonly string[], input = ''): Promise<string> {
    const { file, args: all } = this.#command(program, args);
    const running = promisify(execFile)(file, all, { timeout: COMMAND_TIMEOUT_MS });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  #command(program: string, args: readonly string[]): { readonly file: string; readonly args: string[] } {
    return kafkaTools(this.#classPath).command(program, ['--bootstrap-server', this.#brokers, ...args]);
  }
}

interface Reading {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  readonly records: readonly PrintedRecord[];
}

/** One line for each record: headers, key and value with tabs between. Values are bytes, which need not be text. */
function printedRecords(output: Buffer): PrintedRecord[] {
  const records: PrintedRecord[] = [];
  for (let start = 0, end; (end = output.indexOf('\n', start)) >= 0; start = end + 1) {
    const afterHeaders = output.indexOf('\t', start);
    const afterKey = output.indexOf('\t', afterHeaders + 1);
    records.push({
      headers: printedHeaders(output.toString('utf8', start, afterHeaders)),
      key: output.toString('utf8', afterHeaders + 1, afterKey),
      value: output.subarray(afterKey + 1, end),
    });
  }
  return records;
}

function printedHeaders(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(SEPARATOR).map((header) => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon), header.slice(colon + 1)];
    }),
  );
}
