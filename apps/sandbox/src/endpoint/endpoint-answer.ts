/** What the endpoint says, ready for the wire. */
export interface EndpointAnswer {
  readonly status: number;
  /** Without the length, which the server adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The provider's own answer. */
export function jsonAnswer(
  { status, body }: { readonly status: number; readonly body: object },
  headers: Readonly<Record<string, string>> = {},
): EndpointAnswer {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}

/** An answer of the edge in front of the provider, which speaks to people. */
export function htmlAnswer(status: number, body: string): EndpointAnswer {
  return { status, headers: HTML_TYPE, body };
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const HTML_TYPE = { 'content-type': 'text/html; charset=utf-8' };
