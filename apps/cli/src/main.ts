import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { TOPICS } from '@parley/contracts';
import { produce } from './produce.ts';
import type { ProduceOptions } from './produce.ts';
import { send } from './send.ts';
import type { SendOptions } from './send.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('parley')
  .description('Talks to a Parley gateway: sends texts by gRPC and puts send events on the topic.')
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
  .option('--timeout <seconds>', 'deadline of the call', seconds, 30)
  .action(async (options: SendOptions) => {
    process.exitCode = await send(options, (line) => console.log(line));
  });

program
  .command('produce')
  .description('Puts one send event on the topic and prints where it landed.')
  .requiredOption('--to <number>', 'recipient in E.164 form, such as +14155550100')
  .requiredOption('--text <text>', 'what is sent, up to 4096 characters')
  .option('--brokers <host:port,…>', 'Kafka', '127.0.0.1:9092')
  .option('--topic <name>', 'the send topic', TOPICS.send)
  .option('--id <id>', 'message id and idempotency key; made when left out')
  .option('--account <name>', 'provider account', 'default')
  .option('--preview-url', 'show a preview of the first URL', false)
  .option('--metadata <name=value>', 'returned in every event; may be repeated', metadataEntry, {})
  .option('--timeout <seconds>', 'how long the brokers may take', seconds, 10)
  .action(async (options: ProduceOptions) => {
    process.exitCode = await produce(options, (line) => console.log(line));
  });

await program.parseAsync();

function metadataEntry(entry: string, earlier: Record<string, string>): Record<string, string> {
  const separator = entry.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...earlier, [entry.slice(0, separator)]: entry.slice(separator + 1) };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600))
    throw new InvalidArgumentError('It must be a number of seconds up to 3600.');
  return value;
}
