import type { PackageDefinition } from '@grpc/proto-loader';
import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { invalidArgument } from './errors.ts';

/** Stands for a request whose bytes are none of its type. */
const UNDECODABLE = Object.freeze({});

/**
 * Hands requests of a service on that cannot be decoded, for {@link DecodedRequest} to refuse: the gRPC library would
 * answer INTERNAL, which reads as a fault of ours, and which clients repeat.
 */
export function handOnUndecodable(definition: PackageDefinition, service: string): void {
  for (const method of Object.values(definition[service] ?? {}) as { requestDeserialize: Decode }[]) {
    const decode = method.requestDeserialize;
    method.requestDeserialize = (bytes) => {
      try {
        return decode(bytes);
      } catch {
        return UNDECODABLE;
      }
    };
  }
}

type Decode = (bytes: Buffer) => object;

/** Lets a request through that could be decoded. @throws INVALID_ARGUMENT */
@Injectable()
export class DecodedRequest implements PipeTransform<object> {
  transform(request: object): object {
    if (request !== UNDECODABLE) return request;
    const rule = 'cannot be decoded as what the method takes';
    throw invalidArgument([{ field: 'request', reason: 'REQUEST_INVALID', rule }]);
  }
}
