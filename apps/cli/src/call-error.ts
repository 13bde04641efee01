import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo, Status } from '@parley/contracts';

/** A failed call in words: what is wrong, in which field, and what to do next. */
export function describeCallError(error: ServiceError, address: string): string[] {
  const lines = [`${status[error.code]}: ${error.details}`];
  const details = detailsOf(error);
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
        lines.push(`  try again in ${(delayMsOf(value) / 1000).toFixed(1)} s`);
        break;
      }
    }
  }
  if (error.code === status.UNAVAILABLE && details.length === 0) {
    lines.push(`  is a gateway listening at ${address}? \`npm start\` starts one`);
  }
  return lines;
}

/** What a program goes by after a failed call. */
export function readCallError(error: ServiceError): {
  /** From when to resume a watch, RFC 3339. */
  readonly resumeFrom: string | undefined;
  readonly retryAfterMs: number | undefined;
} {
  const details = detailsOf(error);
  const find = (type: string) => details.find(({ typeUrl }) => typeUrl.endsWith(`.${type}`))?.value;
  const [info, retry] = [find('ErrorInfo'), find('RetryInfo')];
  return {
    resumeFrom: info && ErrorInfo.decode(info).metadata['resume_from'],
    retryAfterMs: retry && delayMsOf(retry),
  };
}

function detailsOf({ metadata }: ServiceError): Status['details'] {
  const [encoded] = metadata.get('grpc-status-details-bin');
  return Buffer.isBuffer(encoded) ? Status.decode(encoded).details : [];
}

function delayMsOf(retryInfo: Uint8Array): number {
  const { retryDelay } = RetryInfo.decode(retryInfo);
  return (retryDelay?.seconds ?? 0) * 1000 + (retryDelay?.nanos ?? 0) / 1e6;
}
