import type { SentenceId } from '../sentences.ts';
import { BODY_PARAMETERS } from './body-parameters.ts';
import type { Checks } from './check.ts';
import { CONVERSATION } from './conversation.ts';
import { FORBIDDEN } from './forbidden.ts';
import { HEADERS } from './headers.ts';
import { LIMITATIONS } from './limitations.ts';
import { SAMPLES } from './samples.ts';
import { STATUS_CALLBACK } from './status-callback.ts';

/** A sentence without its check does not compile, nor does a check without its sentence. */
export const CHECKS = {
  ...CONVERSATION,
  ...HEADERS,
  ...BODY_PARAMETERS,
  ...STATUS_CALLBACK,
  ...SAMPLES,
  ...FORBIDDEN,
  ...LIMITATIONS,
} satisfies Record<SentenceId, Checks> & Record<string, Checks>;
