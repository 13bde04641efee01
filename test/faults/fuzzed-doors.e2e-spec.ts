import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BadRequest, Status } from '@parley/contracts';
import { statusName } from '@parley/testing/gateway-client';
import fc from 'fast-check';
import { FaultyProvider } from './faulty-provider.ts';
import { grpcRequest } from './fuzz/grpc-requests.ts';
import type { GrpcRequest } from './fuzz/grpc-requests.ts';
import { healthOf, WATCH_LOOP } from './fuzz/healthy-gateway.ts';
import type { Health } from './fuzz/healthy-gateway.ts';
import { http2Session } from './fuzz/http2-sessions.ts';
import { conflictingRequest, httpConnection, statusesIn } from './fuzz/http-requests.ts';
import { eachOf, exchange } from './fuzz/raw-exchange.ts';
import type { RawCase } from './fuzz/raw-exchange.ts';
import { RawGrpc } from './fuzz/raw-grpc.ts';
import type { RawAnswer } from './fuzz/raw-grpc.ts';
import { GatewayProcess } from './gateway-process.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';

/** Through each door. */
const CASES = Number(process.env['FAULT_FUZZ_CASES'] ?? 1_500);
/** Made, sent and forgotten together. */
const BATCH = 1_500;
const SETUP_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = 60_000 + 100 * CASES;
const TOKEN = 'token-of-the-fuzz-tests';
const LONGEST_STALL_MS = 200;
const MOST_GROWTH_MIB = 100;
/** Of what a message that was sent is remembered with, as long as ids are: bounded, and no leak. */
const REMEMBERED_MIB = 1 / 1024;
const MOST_REMEMBERED = 200_000;

/** What a call as the protocol has it may end with here: our own handlers know what to say to each. */
const OF_HANDLERS = ['OK', 'INVALID_ARGUMENT', 'NOT_FOUND'];
/** What the gRPC library says to what is no call. */
const OF_LIBRARY = [
  ...OF_HANDLERS,
  ...['UNIMPLEMENTED', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED', 'INTERNAL'],
];

describe('A gateway whose doors are fuzzed', () => {
  const seed = Date.now() >>> 0;
  let provider: FaultyProvider;
  let gateway: GatewayProcess;
  let before: Health;
  let grpc: RawGrpc;

  beforeAll(async () => {
    provider = await FaultyProvider.listen();
    gateway = await GatewayProcess.start({
      providerUrl: provider.url,
      settings: { CALLBACK_TOKENS: TOKEN, INSIDER_RATE_LIMIT_PER_SECOND: '10000', LOG_LEVEL: 'warn' },
      // So that memory shows what is held: V8 lets garbage lie while the machine has room for it.
      nodeArgs: [WATCH_LOOP, '--max-old-space-size=160', '--max-semi-space-size=4'],
    });
    grpc = new RawGrpc(gateway.grpcAddress);
    // Once so that everything is loaded and compiled, and once for the figures.
    await healthOf(gateway);
    before = await healthOf(gateway);
    gateway.log.lines.length = 0;
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    grpc.close();
    await gateway.stop();
    await provider.close();
  }, SETUP_TIMEOUT_MS);

  /** Cases of one kind in batches; after each of them the gateway has to be as it was. */
  async function fuzz<T>(arbitrary: fc.Arbitrary<T>, act: (one: T) => Promise<unknown>): Promise<void> {
    for (let done = 0; done < CASES; done += BATCH) {
      const numRuns = Math.min(BATCH, CASES - done);
      await eachOf(fc.sample(arbitrary, { seed: seed + done, numRuns }), act);
      await expectAsBefore();
    }
  }

  async function expectAsBefore(): Promise<void> {
    const { pid, failures, cpuMs, residentMiB } = await healthOf(gateway);
    expect(gateway.log.of('died')).toEqual([]);
    expect(gateway.log.of('warned')).toEqual([]);
    expect(gateway.log.noise).toEqual([]);
    expect(faultsIn(gateway)).toEqual([]);
    expect({ pid, failures }).toEqual({ pid: before.pid, failures: [] });
    const stalls = gateway.log.of('loop-stalled').map(({ durationMs }) => durationMs ?? NaN);
    const remembered = Math.min(provider.arrivals.length, MOST_REMEMBERED) * REMEMBERED_MIB;
    const grownMiB = residentMiB - before.residentMiB - remembered;
    tell({ cpuMs, cpuMsBefore: before.cpuMs, residentMiB, grownMiB, longestStallMs: Math.max(0, ...stalls) });
    expect(Math.max(0, ...stalls)).toBeLessThan(latencyBoundMs(LONGEST_STALL_MS));
    expect(grownMiB).toBeLessThan(MOST_GROWTH_MIB);
    // Ticks are coarse, and both are short.
    expect(cpuMs).toBeLessThan(2 * before.cpuMs + 100);
  }

  it(
    `takes ${CASES.toLocaleString('en')} HTTP/2 connections that no client makes, and is as before (seed ${seed})`,
    () => fuzz(http2Session, (session) => exchange(portOf(gateway.grpcAddress), session)),
    RUN_TIMEOUT_MS,
  );

  it(
    `answers ${CASES.toLocaleString('en')} gRPC requests that no one would make, in the library’s words what is no call and in its own what is one: INVALID_ARGUMENT names fields (seed ${seed})`,
    async () => {
      const answers: Record<string, number> = {};
      await fuzz(grpcRequest, async (request) => {
        const answer = await grpc.call(request);
        const name = answer.grpcStatus === undefined ? String(answer.status) : statusName(answer.grpcStatus);
        answers[name] = (answers[name] ?? 0) + 1;
        const fault = faultOf(request, answer);
        if (fault !== undefined) throw new Error(`${fault}: ${showRequest(request)}`);
      });
      tell(answers);
      expect(answers).toMatchObject({
        INVALID_ARGUMENT: expect.any(Number),
        UNIMPLEMENTED: expect.any(Number),
        415: expect.any(Number),
      });
    },
    RUN_TIMEOUT_MS,
  );

  it(
    `answers ${CASES.toLocaleString('en')} HTTP connections that no client makes, none with a fault of its own (seed ${seed})`,
    async () => {
      const answers: Record<number, number> = {};
      await fuzz(httpConnection(TOKEN), async (connection) => {
        const statuses = statusesIn(await exchange(portOf(gateway.httpUrl), connection));
        for (const each of statuses) answers[each] = (answers[each] ?? 0) + 1;
        if (statuses.some((each) => each >= 500 && each !== 505))
          throw new Error(`${statuses.join()}: ${show(connection)}`);
      });
      tell(answers);
      expect(answers).toMatchObject({
        200: expect.any(Number),
        400: expect.any(Number),
        404: expect.any(Number),
      });
    },
    RUN_TIMEOUT_MS,
  );

  it(
    `refuses each HTTP request that tells its length in two ways, and takes none of it for another request (seed ${seed})`,
    () =>
      fuzz(conflictingRequest(TOKEN), async (request) => {
        const statuses = statusesIn(await exchange(portOf(gateway.httpUrl), request));
        if (statuses.length > 1 || (statuses[0] ?? 400) < 400)
          throw new Error(`${statuses.join()}: ${show(request)}`);
      }),
    RUN_TIMEOUT_MS,
  );
});

/** What is wrong with an answer, by name. */
function faultOf(
  { isCall }: GrpcRequest,
  { status: http, grpcStatus, details }: RawAnswer,
): string | undefined {
  if (grpcStatus === undefined) {
    // A watch that goes on, a message that never came to its end, or what is not gRPC.
    return http === undefined || http === 200 || (http === 415 && !isCall) ? undefined : `HTTP ${http}`;
  }
  const name = statusName(grpcStatus);
  const expected: readonly string[] = isCall ? OF_HANDLERS : OF_LIBRARY;
  if (!expected.includes(name)) return `status ${name}`;
  if (name !== 'INVALID_ARGUMENT') return undefined;
  const [detail] = Status.decode(details).details;
  const { fieldViolations } = BadRequest.decode(detail?.value ?? Buffer.alloc(0));
  return fieldViolations.length > 0 && fieldViolations.every(({ field }) => field !== '')
    ? undefined
    : 'no field';
}

/** Lines of the log about what nobody foresaw. */
function faultsIn({ log }: GatewayProcess): readonly object[] {
  return log.lines.filter((line) => 'err' in line || ('level' in line && Number(line.level) >= 50));
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function show({ pieces, ending }: RawCase): string {
  return `${pieces.map((piece) => JSON.stringify(piece.toString('latin1').slice(0, 2_000))).join(' ')} ${ending}`;
}

function showRequest({ path, headers, pieces }: GrpcRequest): string {
  return JSON.stringify({
    path,
    headers,
    pieces: pieces.map((piece) => piece.toString('hex').slice(0, 2_000)),
  });
}

function tell(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
