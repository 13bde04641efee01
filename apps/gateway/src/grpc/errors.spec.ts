import { describe, expect, it } from '@jest/globals';
import type { Metadata } from '@grpc/grpc-js';
import { ErrorInfo, Status } from '@parley/contracts';
import { readMessage } from '@parley/sender';
import { invalidArgument, permissionDenied } from './errors.ts';
import { fieldViolations } from './mapping.ts';

/** What grpc-java accepts of headers and trailers together; other clients accept more. */
const MAX_TRAILER_BYTES = 8192;

describe('permissionDenied', () => {
  it('fits into them too, whatever the caller calls its account', () => {
    for (const [account, told] of [
      ['shop', { account: 'shop' }],
      ['x'.repeat(1e6), {}],
    ] as const) {
      const { metadata } = permissionDenied(account).getError() as { metadata: Metadata };
      const [status] = metadata.get('grpc-status-details-bin') as Buffer[];
      const [info] = Status.decode(status ?? Buffer.alloc(0)).details;
      expect(ErrorInfo.decode(info?.value ?? Buffer.alloc(0)).metadata).toEqual(told);
    }
  });
});

describe('invalidArgument', () => {
  it('fits into the trailers that every client accepts, however much is wrong', () => {
    const draft = { messageId: '!', phoneNumber: '1', body: '\ud800', metadata: { a: 1 } };
    const reading = readMessage(draft, { account: 'default', ambiguousSends: 'resend', nowMs: 0 });
    const violations = reading.kind === 'invalid' ? reading.violations : [];
    const failure = invalidArgument(
      Array.from({ length: 1000 }, (_, index) => fieldViolations(violations, index)).flat(),
    );
    const { message, metadata } = failure.getError() as { message: string; metadata: Metadata };
    const [details] = metadata.get('grpc-status-details-bin');
    const bytes = (details as Buffer).toString('base64').length + encodeURIComponent(message).length;
    expect(bytes).toBeLessThan(MAX_TRAILER_BYTES);
  });
});
