import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { MessageStatus, TOPICS } from '@parley/contracts';
import { get } from './get.ts';
import type { GetOptions } from './get.ts';
import { produce } from './produce.ts';
import type { ProduceOptions } from './produce.ts';
import { replay } from './replay.ts';
import type { ReplayOptions } from './replay.ts';
import { send } from './send.ts';
import type { SendOptions } from './send.ts';
import { watch } from './watch.ts';
import type { WatchOptions } from './watch.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('parley')
  .description(
    'Talks to a Parley gateway: sends texts, tells what became of them, puts send events on the topic.',
  )
  .version(version)
  .showHelpAfterError('(add --help for the options)');

program
  .command('send')
  .description('Sends one text by gRPC, waits for its result and prints it.')
  .requiredOption('--to <number>', 'recipient in E.164 form, such as +14155550100')
  .requiredOption('--text <text>', 'what is sent, up to 4096 characters')
  .option('--grpc <host:port>', 'the gateway', '127.0.0.1:50051')
  .option('--id <id>', 'message id and idempotency key; the gateway makes one when left out')
  .option('--account <name>', 'provider account', 'default')
  .option('--preview-url', 'show a preview of the first URL', false)
  .option('--metadata <name=value>', 'returned in every event; may be repeated', metadataEntry, {})
  .option('--token <token>', 'this caller’s token, where the gateway asks for one')
  .option(
    '--until <status>',
    'then waits until it is accepted, sent, delivered or read, and prints its statuses',
    status,
  )
  .option('--timeout <seconds>', 'deadline of the call, and of the wait after it', seconds, 30)
  .action(async (options: SendOptions) => {
    process.exitCode = await send(options, (line) => console.log(line));
  });

program
  .command('get')
  .description('Prints what is known of one message: its state, how sending it ended, its history.')
  .option('--id <id>', 'message id, or')
  .option('--key <key>', 'the provider’s key')
  .option('--grpc <host:port>', 'the gateway', '127.0.0.1:50051')
  .option('--account <name>', 'provider account', 'default')
  .option('--token <token>', 'this caller’s token, where the gateway asks for one')
  .option('--timeout <seconds>', 'deadline of the call', seconds, 30)
  .action(async (options: GetOptions, command: Command) => {
    if ((options.id === undefined) === (options.key === undefined))
      command.error('error: give one of --id and --key');
    process.exitCode = await get(options, (line) => console.log(line));
  });

program
  .command('watch')
  .description(
    'Prints the status events of all gateways as they come, and resumes by itself. Ctrl-C ends it.',
  )
  .option(
    '--from <time>',
    'from a moment on, such as 2030-01-31T12:00:00Z; from now on when left out',
    moment,
  )
  .option('--account <name>', 'only this account; may be repeated', oneMore, [])
  .option('--id <id>', 'only this message id; may be repeated', oneMore, [])
  .option(
    '--status <name>',
    'only accepted, sent, delivered, read or failed; may be repeated',
    oneMoreStatus,
    [],
  )
  .option('--grpc <host:port>', 'the gateway', '127.0.0.1:50051')
  .option('--token <token>', 'this caller’s token, where the gateway asks for one')
  .action(async (options: WatchOptions) => {
    process.exitCode = await watch(options, {
      event: (line) => console.log(line),
      note: (line) => console.error(line),
    });
  });

program
  .command('produce')
  .description('Puts one send event on the topic and prints where it landed.')
  .requiredOption('--to <number>', 'recipient in E.164 form, such as +14155550100')
  .requiredOption('--text <text>', 'what is sent, up to 4096 characters')
  .addOption(brokers())
  .option('--topic <name>', 'the send topic', TOPICS.send)
  .option('--id <id>', 'message id and idempotency key; made when left out')
  .option('--account <name>', 'provider account', 'default')
  .option('--preview-url', 'show a preview of the first URL', false)
  .option('--metadata <name=value>', 'returned in every event; may be repeated', metadataEntry, {})
  .option('--timeout <seconds>', 'how long the brokers may take', seconds, 10)
  .action(async (options: ProduceOptions) => {
    process.exitCode = await produce(options, (line) => console.log(line));
  });

program
  .command('replay')
  .description('Shows the dead letters of the send topic, and puts them back with --write.')
  .addOption(brokers())
  .option('--dlq <name>', 'the dead letter topic', TOPICS.dlq)
  .option('--topic <name>', 'where they go; where each came from when left out')
  .option('--reason <name>', 'only of this reason, such as ACCOUNT_UNKNOWN; may be repeated', oneMore, [])
  .option('--since <time>', 'only from a moment on, such as 2030-01-31T12:00:00Z', moment)
  .option('--until <time>', 'only before a moment', moment)
  .option('--write', 'puts them back; without it they are only shown', false)
  .option('--timeout <seconds>', 'how long the brokers may take', seconds, 30)
  .action(async (options: ReplayOptions) => {
    process.exitCode = await replay(options, (line) => console.log(line));
  });

await program.parseAsync();

/** With KAFKA_SSL and KAFKA_SASL_… of the environment. */
function brokers(): Option {
  return new Option('--brokers <host:port,…>', 'Kafka').env('KAFKA_BROKERS').default('127.0.0.1:9092');
}

function metadataEntry(entry: string, earlier: Record<string, string>): Record<string, string> {
  const separator = entry.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...earlier, [entry.slice(0, separator)]: entry.slice(separator + 1) };
}

function oneMore(text: string, earlier: readonly string[]): string[] {
  return [...earlier, text];
}

function oneMoreStatus(text: string, earlier: readonly MessageStatus[]): MessageStatus[] {
  return [...earlier, status(text)];
}

function status(text: string): MessageStatus {
  const found = Object.entries(MessageStatus).find(
    ([name]) => name === `MESSAGE_STATUS_${text.toUpperCase()}`,
  )?.[1];
  if (typeof found !== 'number' || found === MessageStatus.MESSAGE_STATUS_UNSPECIFIED)
    throw new InvalidArgumentError('It must be accepted, sent, delivered, read or failed.');
  return found;
}

function moment(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('It must be a moment, such as 2030-01-31T12:00:00Z.');
  return date;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600))
    throw new InvalidArgumentError('It must be a number of seconds up to 3600.');
  return value;
}
