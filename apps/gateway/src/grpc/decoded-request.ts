import type { MethodDefinition, PackageDefinition } from '@grpc/proto-loader';
import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { isEncodedMessage, shapeOf } from './encoded-message.ts';
import { invalidArgument } from './errors.ts';

/** Stands for a request whose bytes are none of its type, or more than one may hold. */
const UNDECODABLE = Object.freeze({});

/** 1,000 messages with everything that the proto file knows, 58 fields each, and some room for what it does not know. */
const MAX_FIELDS = 64_000;

/**
 * Hands requests of a service on that cannot be decoded, for {@link DecodedRequest} to refuse: the gRPC library would
 * answer INTERNAL, which reads as a fault of ours, and which clients repeat.
 */
export function handOnUndecodable(definition: PackageDefinition, service: string): void {
  for (const method of Object.values(definition[service] ?? {}) as Method[]) {
    const decode = method.requestDeserialize;
    const shape = shapeOf(method.requestType, definition);
    method.requestDeserialize = (bytes) => {
      if (!isEncodedMessage(bytes, shape, MAX_FIELDS)) return UNDECODABLE;
      try {
        return decode(bytes);
      } catch {
        return UNDECODABLE;
      }
    };
  }
}

type Method = MethodDefinition<object, object>;

/** Lets a request through that could be decoded. @throws INVALID_ARGUMENT */
@Injectable()
export class DecodedRequest implements PipeTransform<object> {
  transform(request: object): object {
    if (request !== UNDECODABLE) return request;
    const rule = 'cannot be decoded as what the method takes, or holds too much';
    throw invalidArgument([{ field: 'request', reason: 'REQUEST_INVALID', rule }]);
  }
}
