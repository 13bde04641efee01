import { describe, expect, it } from '@jest/globals';
import type { Metadata } from '@grpc/grpc-js';
import { readMessage } from '@parley/sender';
import { invalidArgument } from './errors.ts';
import { fieldViolations } from './mapping.ts';

/** What grpc-java accepts of headers and trailers together; other clients accept more. */
const MAX_TRAILER_BYTES = 8192;

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
