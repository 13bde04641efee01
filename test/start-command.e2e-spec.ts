import { afterEach, describe, expect, it } from '@jest/globals';
import { runCommand, waitUntil } from '@parley/provisioning';
import { CAN_FIND_PROCESSES } from './processes/marked-processes.ts';
import { StartCommand, userEnvironment } from './processes/start-command.ts';

const UP_TIMEOUT_MS = 60_000;
const KAFKA_UP_TIMEOUT_MS = 120_000;
const EVENTS_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 20_000;
const PASTE_TIMEOUT_MS = 30_000;
const TEST_TIMEOUT_MS = 180_000;
const MOST_LOOKS = 5;

const RECIPIENTS = { gRPC: '+1415•••0100', Kafka: '+1415•••0101', HTTP: '+1415•••0102' };
const STATUSES = ['accepted', 'sent', 'delivered', 'read'];

const describeWithProcesses = CAN_FIND_PROCESSES ? describe : describe.skip;

describeWithProcesses('The start command (needs /proc)', () => {
  let command: StartCommand;

  afterEach(async () => {
    command.kill();
    await untilNothingIsLeft(command);
  }, STOP_TIMEOUT_MS);

  async function start(...args: readonly string[]): Promise<void> {
    const program = ['--conditions=@parley/source', 'apps/launcher/src/main.ts'];
    command = await StartCommand.run(process.execPath, [...program, ...args]);
  }

  it(
    'prints a line for each way in that sends when pasted, shows what comes back, and ends on Ctrl-C',
    async () => {
      await start('--bus=memory');
      await command.until(() => isUp(command), UP_TIMEOUT_MS);
      await pasteAndSee(command);
      command.pressCtrlC();
      await expectEnd(command);
    },
    TEST_TIMEOUT_MS,
  );

  /** Starts, and presses Ctrl-C while one of the programs runs, or else once all is up. Resolves with whether one ran. */
  async function interruptWhile(programs: readonly string[]): Promise<boolean> {
    let isRunning = false;
    await start('--bus=memory');
    await command.until(async () => {
      isRunning = (await command.processes()).some((line) =>
        programs.some((program) => line.includes(program)),
      );
      return isRunning || isUp(command);
    }, UP_TIMEOUT_MS);
    command.pressCtrlC();
    await expectEnd(command);
    return isRunning;
  }

  for (const [moment, ...programs] of [
    ['builds', 'typescript/bin/tsc', 'apps/sandbox/web/build.ts'],
    ['starts the sandbox', 'apps/sandbox/dist/main.js'],
    ['starts the gateway', 'apps/gateway/dist/main.js'],
  ] as const) {
    it(
      `ends with all that it started when Ctrl-C comes while it ${moment}`,
      async () => {
        // A moment may be shorter than this process is kept from looking: then it is waited for once more.
        const interrupted: boolean[] = [];
        while (!interrupted.includes(true) && interrupted.length < MOST_LOOKS) {
          interrupted.push(await interruptWhile(programs));
        }
        expect(interrupted).toContain(true);
      },
      TEST_TIMEOUT_MS,
    );
  }

  it(
    'leaves nothing behind when Ctrl-C comes at once',
    async () => {
      await start('--bus=memory');
      command.pressCtrlC();
      await untilNothingIsLeft(command);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'leaves nothing behind when it is killed with SIGKILL',
    async () => {
      await start('--bus=memory');
      await command.until(() => isUp(command), UP_TIMEOUT_MS);
      expect((await command.processes()).length).toBeGreaterThan(1);
      command.kill();
      await untilNothingIsLeft(command);
    },
    TEST_TIMEOUT_MS,
  );

  // The class path is known only where Java and Maven provide Kafka.
  (process.env['PARLEY_KAFKA_CLASSPATH'] ? it : it.skip)(
    'does the same as npm start with a Kafka of its own (needs Java and Maven)',
    async () => {
      const redisUrl = process.env['REDIS_URL'];
      command = await StartCommand.run(
        'npm',
        ['start', '--', '--bus=kafka'],
        redisUrl === undefined ? {} : { REDIS_URL: redisUrl },
      );
      await command.until(() => isUp(command), KAFKA_UP_TIMEOUT_MS);
      await pasteAndSee(command);
      command.pressCtrlC();
      // The shell that npm runs a script in dies of Ctrl-C itself: npm’s exit code tells nothing about the script.
      await untilNothingIsLeft(command);
    },
    TEST_TIMEOUT_MS,
  );
});

function isUp({ lines }: StartCommand): boolean {
  return lines.some((line) => line.startsWith('What comes back'));
}

/** Runs each printed line as it stands, and waits until the command shows the message's result and every status. */
async function pasteAndSee(command: StartCommand): Promise<void> {
  for (const [way, recipient] of Object.entries(RECIPIENTS)) {
    const printed = command.lines.find((line) => line.startsWith(`  ${way} `) && line.includes('Hello'));
    const pasted = printed?.trim().slice(way.length).trim() ?? '';
    expect(pasted).toMatch(/^(npx parley|curl) /);
    const outcome = await runCommand('bash', ['-c', pasted], {
      signal: AbortSignal.timeout(PASTE_TIMEOUT_MS),
      env: userEnvironment(),
    });
    expect(outcome).toMatchObject({ exitCode: 0 });

    await command.until(() => statusesOf(command, recipient).length >= STATUSES.length, EVENTS_TIMEOUT_MS);
    expect(statusesOf(command, recipient)).toEqual(STATUSES);
  }
}

/** The statuses shown so far for the key that the result of the message to `recipient` shows. */
function statusesOf({ lines }: StartCommand, recipient: string): string[] {
  const result = lines.find((line) => line.startsWith('result') && line.endsWith(recipient));
  const key = /ACCEPTED {2}(key=\S+)/.exec(result ?? '')?.[1];
  if (key === undefined) return [];
  return lines
    .filter((line) => line.startsWith('status') && line.includes(` ${key} `))
    .map((line) => line.split(/ {2,}/).find((column) => STATUSES.includes(column)) ?? line);
}

async function expectEnd(command: StartCommand): Promise<void> {
  await untilNothingIsLeft(command);
  expect(await command.exited).toEqual({ exitCode: 0, signal: null });
}

async function untilNothingIsLeft(command: StartCommand): Promise<void> {
  const signal = AbortSignal.timeout(STOP_TIMEOUT_MS);
  let left: string[] = [];
  const nothingIsLeft = async (): Promise<boolean> => (left = await command.processes()).length === 0;
  await waitUntil(nothingIsLeft, { signal, everyMs: 50 }).catch((cause: unknown) => {
    throw new Error(['Still running:', ...left].join('\n  '), { cause });
  });
}
