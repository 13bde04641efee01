import { ENDPOINT_ERRORS } from '@parley/insider';
import type { InsiderSendResponse } from '@parley/insider';
import type { EndpointFault } from '../faults/fault-rule.ts';
import type { Settings } from '../settings/settings.ts';
import { EDGE_BAD_GATEWAY, EDGE_GATEWAY_TIMEOUT } from './edge.ts';
import { jsonAnswer } from './endpoint-answer.ts';
import type { EndpointAnswer } from './endpoint-answer.ts';
import { IP_RESTRICTED, UNAUTHORIZED } from './front-door.ts';
import { newKey } from './new-key.ts';
import { throttled } from './throttled.ts';

/** What the client gets for a request that nothing is wrong with. */
export type Playing =
  | { readonly kind: 'answer'; readonly answer: EndpointAnswer }
  /** The same, but it takes its time. */
  | { readonly kind: 'drip'; readonly answer: EndpointAnswer }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

/** @param keys of the messages that were taken; none when the fault takes none */
export function playingOf(
  fault: EndpointFault | undefined,
  keys: readonly string[],
  settings: Settings,
): Playing {
  switch (fault) {
    case undefined:
      return answer(withKeys(keys, settings));
    case 'throttled':
      return answer(throttled(settings));
    case 'throttled-retry-after':
      return answer(
        throttled({ throttledBody: settings.throttledBody, retryAfterSeconds: RETRY_AFTER_SECONDS }),
      );
    case 'server-error':
      return answer(SERVER_ERROR);
    case 'maintenance':
      return answer(MAINTENANCE);
    case 'gateway-timeout':
      return answer(EDGE_GATEWAY_TIMEOUT);
    case 'edge-html':
      return answer(EDGE_BAD_GATEWAY);
    case 'ip-restricted':
      return answer(IP_RESTRICTED);
    case 'key-revoked':
      return answer(UNAUTHORIZED);
    case 'too-few-keys':
      return answer(withKeys(keys.slice(0, -1), settings));
    case 'too-many-keys':
      return answer(withKeys([...keys, newKey()], settings));
    case 'slow-drip':
      return { kind: 'drip', answer: withKeys(keys, settings) };
    case 'hang':
      return { kind: 'hang' };
    case 'reset-before':
    case 'reset-after':
      return { kind: 'reset' };
  }
}

const RETRY_AFTER_SECONDS = 2;

/** As another host of the provider says it; no page shows one of this endpoint. */
const SERVER_ERROR = jsonAnswer({ status: 500, body: { errors: [{ message: 'server error' }] } });

const MAINTENANCE = jsonAnswer(ENDPOINT_ERRORS.maintenance);

function answer(given: EndpointAnswer): Playing {
  return { kind: 'answer', answer: given };
}

/** Insider's page: "One key information will be returned for each message to be sent." */
function withKeys(keys: readonly string[], { successStatus }: Settings): EndpointAnswer {
  return jsonAnswer({ status: successStatus, body: { keys } satisfies InsiderSendResponse });
}
