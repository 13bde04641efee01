/**
 * The edge in front of the provider blocks default and empty agents. Its page names Java's default, which is
 * `Java/1.8.0` or `Java-http-client/21`; what else it blocks is not published.
 */
export function isBlockedByEdge(userAgent: string | undefined): boolean {
  const agent = userAgent?.trim() ?? '';
  return agent === '' || /^java(-http-client)?\//i.test(agent);
}

/** The edge answers for itself, in HTML. */
export const EDGE_BLOCK_PAGE = `<!DOCTYPE html>
<html lang="en">
<head><title>Access denied</title></head>
<body><h1>Sorry, you have been blocked</h1><p>This request looks automated: check its User-Agent.</p></body>
</html>
`;
