import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo, Status } from '@parley/contracts';

/** A failed call in words: what is wrong, in which field, and what to do next. */
export function describeCallError(error: ServiceError, address: string): string[] {
  const lines = [`${status[error.code]}: ${error.details}`];
  const [encoded] = error.metadata.get('grpc-status-details-bin');
  const details = Buffer.isBuffer(encoded) ? Status.decode(encoded).details : [];
  for (const { typeUrl, value } of details) {
    switch (typeUrl.slice(typeUrl.lastIndexOf('.') + 1)) {
      case 'BadRequest':
        for (const { description, reason } of BadRequest.decode(value).fieldViolations) {
          lines.push(`  ${reason}: ${description}`);
        }
        break;
      case 'ErrorInfo':
        lines.push(`  reason ${ErrorInfo.decode(value).reason}`);
        break;
      case 'RetryInfo': {
        const { retryDelay } = RetryInfo.decode(value);
        const delay = (retryDelay?.seconds ?? 0) + (retryDelay?.nanos ?? 0) / 1e9;
        lines.push(`  try again in ${delay.toFixed(1)} s`);
        break;
      }
    }
  }
  if (error.code === status.UNAVAILABLE && details.length === 0) {
    lines.push(`  is a gateway listening at ${address}? \`npm start\` starts one`);
  }
  return lines;
}
