import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { BadRequest, ErrorInfo, RetryInfo, Status } from '@parley/contracts';
import { describeCallError } from './call-error.ts';

describe('describeCallError', () => {
  it('names every field and its rule', () => {
    const fieldViolations = [
      {
        field: 'messages[0].text.body',
        reason: 'BODY_EMPTY',
        description: 'messages[0].text.body is required',
        localizedMessage: undefined,
      },
    ];
    const value = BadRequest.encode({ fieldViolations }).finish();
    expect(
      describeCallError(failure(status.INVALID_ARGUMENT, 'invalid', [['BadRequest', value]]), 'x:1'),
    ).toEqual(['INVALID_ARGUMENT: invalid', '  BODY_EMPTY: messages[0].text.body is required']);
  });

  it('says why and when to try again', () => {
    const info = ErrorInfo.encode({
      reason: 'PROVIDER_UNAUTHORIZED',
      domain: 'parley',
      metadata: {},
    }).finish();
    const retry = RetryInfo.encode({ retryDelay: { seconds: 2, nanos: 5e8 } }).finish();
    const details = [
      ['ErrorInfo', info],
      ['RetryInfo', retry],
    ] as const;
    expect(describeCallError(failure(status.UNAVAILABLE, 'refused', details), 'x:1')).toEqual([
      'UNAVAILABLE: refused',
      '  reason PROVIDER_UNAUTHORIZED',
      '  try again in 2.5 s',
    ]);
  });

  it('says how to start a gateway when none listens', () => {
    expect(describeCallError(failure(status.UNAVAILABLE, 'no connection', []), 'x:1')[1]).toContain(
      'npm start',
    );
  });
});

function failure(
  code: status,
  details: string,
  parts: readonly (readonly [string, Uint8Array])[],
): ServiceError {
  const metadata = new Metadata();
  const anys = parts.map(([type, value]) => ({
    typeUrl: `type.googleapis.com/google.rpc.${type}`,
    value: Buffer.from(value),
  }));
  if (anys.length > 0) {
    const encoded = Status.encode({ code, message: details, details: anys }).finish();
    metadata.set('grpc-status-details-bin', Buffer.from(encoded));
  }
  return Object.assign(new Error(details), { code, details, metadata });
}
