import type { Settings } from '../settings/settings.ts';
import { jsonAnswer } from './endpoint-answer.ts';
import type { EndpointAnswer } from './endpoint-answer.ts';

/** The 429 in one of the three bodies that the provider's pages show; none of them is this endpoint's. */
export function throttled({
  throttledBody,
  retryAfterSeconds,
}: Pick<Settings, 'throttledBody' | 'retryAfterSeconds'>): EndpointAnswer {
  const headers: Record<string, string> =
    retryAfterSeconds > 0 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return jsonAnswer({ status: 429, body: BODIES[throttledBody] }, headers);
}

const BODIES: Readonly<Record<Settings['throttledBody'], object>> = {
  message: { message: 'Too Many Requests', status: 429 },
  error: { error: 'rejected: too many requests' },
  errors: { errors: [{ message: 'rate limit exceeded' }] },
};
