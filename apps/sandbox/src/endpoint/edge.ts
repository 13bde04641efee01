import { htmlAnswer } from './endpoint-answer.ts';

/**
 * Insider's page: "In certain cases, these mechanisms may block specific User-Agent values", "especially default or
 * empty values". Which ones is configured; an empty one always is.
 *
 * @param blocked beginnings of agents, in any case
 */
export function isBlockedByEdge(userAgent: string | undefined, blocked: readonly string[]): boolean {
  const agent = userAgent?.trim().toLowerCase() ?? '';
  return agent === '' || blocked.some((beginning) => agent.startsWith(beginning.toLowerCase()));
}

/** The edge answers for itself, and not in JSON. */
export const EDGE_BLOCKED = htmlAnswer(
  403,
  page(
    'Access denied',
    'Sorry, you have been blocked',
    'This request looks automated: check its User-Agent.',
  ),
);

export const EDGE_BAD_GATEWAY = htmlAnswer(
  502,
  page('502: Bad gateway', 'Bad gateway', 'The web server reported a bad gateway error.'),
);

export const EDGE_GATEWAY_TIMEOUT = htmlAnswer(
  504,
  page('504: Gateway time-out', 'Gateway time-out', 'The web server reported a gateway time-out error.'),
);

function page(title: string, heading: string, sentence: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><title>${title}</title></head>
<body><h1>${heading}</h1><p>${sentence}</p></body>
</html>
`;
}
