import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { Controller, UseFilters, UsePipes } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type {
  GetMessageRequest,
  GetMessageResponse,
  WatchMessagesRequest,
  WatchMessagesResponse,
} from '@parley/contracts';
import { StatusWatch } from '@parley/delivery';
import { sendError } from '@parley/sender';
import { from } from 'rxjs';
import type { Observable } from 'rxjs';
import { MessageLookup } from '../tracking/message-lookup.ts';
import type { MessageName, TrackedMessage } from '../tracking/message-lookup.ts';
import { CallerAccess } from './caller-access.ts';
import { DecodedRequest } from './decoded-request.ts';
import { invalidArgument, notSent, questionFailed } from './errors.ts';
import { GrpcErrorsFilter } from './grpc-errors.filter.ts';
import { getMessageResponse } from './tracking-mapping.ts';
import { watchFilterOf } from './watch-filter.ts';
import { watchResponses } from './watch-responses.ts';

const SERVICE = 'ConversationalService';

/** The questions of the service: what became of a message, and what becomes of all of them. */
@Controller()
@UseFilters(GrpcErrorsFilter)
@UsePipes(DecodedRequest)
export class TrackingController {
  readonly #access: CallerAccess;
  readonly #lookup: MessageLookup;
  readonly #watch: StatusWatch;

  constructor(access: CallerAccess, lookup: MessageLookup, watch: StatusWatch) {
    this.#access = access;
    this.#lookup = lookup;
    this.#watch = watch;
  }

  @GrpcMethod(SERVICE, 'GetMessage')
  async getMessage(request: GetMessageRequest, metadata: Metadata): Promise<GetMessageResponse> {
    const account = this.#access.accountOf(request.account, this.#access.callerOf(metadata));
    const found = await this.#find(account, nameOf(request));
    if (!found) throw questionFailed('MESSAGE_NOT_FOUND');
    return getMessageResponse(account, found);
  }

  @GrpcMethod(SERVICE, 'WatchMessages')
  watchMessages(
    request: WatchMessagesRequest,
    metadata: Metadata,
    call: ServerWritableStream<unknown, WatchMessagesResponse>,
  ): Observable<WatchMessagesResponse> {
    const caller = this.#access.callerOf(metadata);
    const named = request.accounts.map((name, index) =>
      this.#access.accountOf(name, caller, `accounts[${index}]`),
    );
    const accounts = named.length > 0 ? named : this.#access.accountsOf(caller);
    const cancelled = new AbortController();
    if (call.cancelled) cancelled.abort();
    call.once('cancelled', () => cancelled.abort());
    const watching = this.#watch.watch({ ...watchFilterOf(request), accounts, signal: cancelled.signal });
    if (watching.kind === 'watching') return from(watchResponses(watching, call));
    if (watching.reason === 'closed') throw notSent(sendError('SHUTTING_DOWN'));
    throw questionFailed('WATCHERS_FULL');
  }

  async #find(account: string, name: MessageName): Promise<TrackedMessage | undefined> {
    try {
      return await this.#lookup.find(account, name);
    } catch {
      // Whatever the store said about itself is in its own log line and metric.
      throw questionFailed('STATE_UNAVAILABLE');
    }
  }
}

function nameOf({ messageId, key }: GetMessageRequest): MessageName {
  if (messageId) return { messageId };
  if (key) return { key };
  throw invalidArgument([
    { field: 'message_id', reason: 'MESSAGE_ID_INVALID', rule: 'or key must be given, and not be empty' },
  ]);
}
