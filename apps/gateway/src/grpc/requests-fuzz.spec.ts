import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { MethodDefinition } from '@grpc/proto-loader';
import { RpcException } from '@nestjs/microservices';
import { BadRequest, CONVERSATIONAL_PROTO, CONVERSATIONAL_SERVICE, Status } from '@parley/contracts';
import type { SendConversationalRequest, SendResult } from '@parley/contracts';
import type { StatusWatch } from '@parley/delivery';
import { REASONS } from '@parley/sender';
import type { OutboundMessage } from '@parley/sender';
import { faultsOfMessage, propertyRuns } from '@parley/testing';
import { mutatedProtobuf } from '@parley/testing/mutated-protobuf';
import fc from 'fast-check';
import { Callers } from '../callers/callers.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Sending, Sent } from '../sending/sending.ts';
import type { MessageLookup } from '../tracking/message-lookup.ts';
import { CallerAccess } from './caller-access.ts';
import { ConversationalController } from './conversational.controller.ts';
import { DecodedRequest, handOnUndecodable } from './decoded-request.ts';
import { GrpcServer } from './grpc-server.ts';
import { NO_TRACING } from '../tracing/tracing.ts';
import { TrackingController } from './tracking.controller.ts';

const RUNS = propertyRuns(4_000);
const MAX_RUN_MS = 60_000 + RUNS;
const MAX_SENTENCES = 30;
const FIELD =
  /^(request|accounts?(\[\d+\])?|messages(\[\d+\]\.(message_id|phone_number|text\.body|text\.preview_url|expire_time|ambiguous_sends|metadata))?|message_id|message_ids|statuses|from_time)$/;

const { loader } = new GrpcServer('').options.options;
const definition = loadSync(CONVERSATIONAL_PROTO, loader);
const service = definition[CONVERSATIONAL_SERVICE] as Record<string, MethodDefinition<object, object>>;
handOnUndecodable(definition, CONVERSATIONAL_SERVICE);

const REQUESTS = {
  SendConversational: [
    { messages: [{ phoneNumber: '+15550001234', text: { body: 'Hello' } }] },
    {
      account: 'shop',
      messages: [
        {
          messageId: 'order-4712:confirmation',
          phoneNumber: '+15550001234',
          text: { body: 'Hello 👋, see https://example.com', previewUrl: true },
          expireTime: { seconds: 1_927_540_000, nanos: 500_000_000 },
          ambiguousSends: 2,
          metadata: { order: '4712', empty: '' },
        },
        { messageId: 'b', phoneNumber: '+447400123456', text: { body: 'x' } },
      ],
    },
  ],
  GetMessage: [{ messageId: 'order-4711' }, { key: 'whatsapp-1', account: 'shop' }],
  WatchMessages: [
    {
      accounts: ['default', 'shop'],
      messageIds: ['a', 'b'],
      statuses: [2, 5],
      fromTime: { seconds: 1, nanos: 1 },
    },
  ],
} as const;

function methodOf(name: keyof typeof REQUESTS): MethodDefinition<object, object> {
  const method = service[name];
  if (!method) throw new Error(`no method ${name}`);
  return method;
}

function requestOf(method: keyof typeof REQUESTS): fc.Arbitrary<Buffer> {
  const { requestSerialize: encode } = methodOf(method);
  const valid = REQUESTS[method].map((request) => encode(request));
  return fc.oneof(
    {
      weight: 9,
      arbitrary: mutatedProtobuf(fc.constantFrom(...valid), { atMost: 3 }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  );
}

const configuration = {
  ambiguousSends: 'resend',
  accounts: [{ name: 'default' }, { name: 'shop' }],
} as unknown as Configuration;
const access = new CallerAccess(new Callers(undefined), configuration);
const decoded = new DecodedRequest();

let sent: OutboundMessage[];
const sending = {
  send: (messages: readonly OutboundMessage[]): Promise<Sent> => {
    sent.push(...messages);
    const results = messages.map(() => ACCEPTED);
    return Promise.resolve({ kind: 'ended', results, told: Promise.resolve(true) });
  },
} as unknown as Sending;
const ACCEPTED = {
  kind: 'settled',
  outcome: { kind: 'accepted', key: 'k' },
  duplicate: false,
  attempts: 1,
} as const;
const conversational = new ConversationalController(sending, access, configuration, NO_TRACING);
const tracking = new TrackingController(
  access,
  { find: () => Promise.resolve(undefined) } as unknown as MessageLookup,
  { watch: () => ({ kind: 'refused', reason: 'too-many-watchers' }) } as unknown as StatusWatch,
);
const metadata = new Metadata();

/** As the server would: what its handlers answer, or throw. */
const HANDLERS = {
  SendConversational: (request: object) =>
    conversational.sendConversational(request as SendConversationalRequest, metadata, callOf()),
  GetMessage: (request: object) => tracking.getMessage(request as never, metadata),
  WatchMessages: (request: object) => tracking.watchMessages(request as never, metadata, callOf() as never),
};

function callOf(): ServerUnaryCall<unknown, unknown> {
  const call = Object.assign(new EventEmitter(), { cancelled: true, getDeadline: () => Date.now() + 1 });
  return call as unknown as ServerUnaryCall<unknown, unknown>;
}

/** How calls of a method that is valid fail here. */
const FOUND_NOTHING = {
  SendConversational: [],
  GetMessage: [status.NOT_FOUND],
  WatchMessages: [status.RESOURCE_EXHAUSTED],
} as const satisfies Record<keyof typeof REQUESTS, readonly status[]>;

interface Answer {
  readonly results: readonly SendResult[];
  readonly failure: Failure | undefined;
}

interface Failure {
  readonly code: status;
  readonly message: string;
  readonly metadata: Metadata;
}

async function answerTo(method: keyof typeof REQUESTS, bytes: Buffer): Promise<Answer> {
  try {
    const request = decoded.transform(methodOf(method).requestDeserialize(bytes));
    const answer = await HANDLERS[method](request);
    return { results: 'results' in answer ? answer.results : [], failure: undefined };
  } catch (error) {
    if (!(error instanceof RpcException)) throw error;
    return { results: [], failure: error.getError() as Failure };
  }
}

function violationsOf({ metadata: told }: Failure): BadRequest['fieldViolations'] {
  const [bytes] = told.get('grpc-status-details-bin') as Buffer[];
  const [detail] = Status.decode(bytes ?? Buffer.alloc(0)).details;
  return BadRequest.decode(detail?.value ?? Buffer.alloc(0)).fieldViolations;
}

describe.each(Object.keys(REQUESTS) as (keyof typeof REQUESTS)[])('%s', (method) => {
  beforeEach(() => {
    sent = [];
  });

  it(
    `takes each of ${RUNS.toLocaleString('en')} requests that no one would encode on purpose as valid, or names in fixed sentences what is wrong and where, and quotes none`,
    async () => {
      const sentences = new Set<string>();
      const seen = { taken: 0, refused: 0 };
      let cases = 0;
      await fc.assert(
        fc.asyncProperty(requestOf(method), async (bytes) => {
          // Timers of calls that are over go only when the loop comes round.
          if ((cases += 1) % 100 === 0) await setImmediate();
          sent = [];
          const { results, failure } = await answerTo(method, bytes);
          const [fault] = sent.flatMap(faultsOfMessage);
          if (fault !== undefined) throw new Error(fault);
          for (const { error } of results) {
            if (error && !Object.hasOwn(REASONS, error.reason)) throw new Error('a reason that is none');
          }
          if (!failure || (FOUND_NOTHING[method] as readonly status[]).includes(failure.code)) {
            seen.taken += 1;
            return;
          }
          seen.refused += 1;
          if (failure.code !== status.INVALID_ARGUMENT) throw new Error(`status ${status[failure.code]}`);
          const violations = violationsOf(failure);
          if (violations.length === 0) throw new Error('no field');
          for (const { field, description } of violations) {
            if (!FIELD.test(field)) throw new Error('a field that is none');
            // Of what was given, a sentence may tell an index or a length.
            sentences.add(description.replace(/\d+/g, '#'));
          }
        }),
        { numRuns: RUNS },
      );
      // A sentence that quoted a request would be another one with each.
      expect(sentences.size).toBeLessThanOrEqual(MAX_SENTENCES);
      for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100);
    },
    MAX_RUN_MS,
  );
});
