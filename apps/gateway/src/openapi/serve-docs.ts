import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * `/docs`: the HTTP routes of this process, for people; `/docs/openapi.json`: the same for programs. Neither is on the path of
 * a message: what they need is loaded when somebody asks for the first time.
 */
export function serveDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let document: Promise<string> | undefined;
  fastify.get('/docs', (_request, reply) =>
    reply.headers(HEADERS).type('text/html; charset=utf-8').send(PAGE),
  );
  fastify.get('/docs/openapi.json', async (_request, reply) => {
    document ??= describeRoutes(app);
    return await reply
      .headers(HEADERS)
      .type('application/json; charset=utf-8')
      .send(await document);
  });
  fastify.get('/docs/page.js', (_request, reply) =>
    reply.headers(HEADERS).type('text/javascript; charset=utf-8').send(PAGE_SCRIPT),
  );
  for (const [name, type] of Object.entries(SWAGGER_UI)) {
    fastify.get(`/docs/${name}`, (_request, reply) =>
      reply
        .headers(HEADERS)
        .type(type)
        .send(createReadStream(join(swaggerUiFolder(), name))),
    );
  }
}

async function describeRoutes(app: NestFastifyApplication): Promise<string> {
  const { openApiDocument } = await import('./openapi-document.ts');
  return JSON.stringify(openApiDocument(app));
}

/** The page may load nothing foreign, run nothing inline, and send nothing elsewhere. Swagger UI colours some parts inline. */
const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'unsafe-inline'`,
    `img-src 'self' data:`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

const SWAGGER_UI = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

/** It comes with the library that makes the document. */
function swaggerUiFolder(): string {
  const library = createRequire(import.meta.url).resolve('@nestjs/swagger');
  return join(createRequire(library).resolve('swagger-ui-dist/package.json'), '..');
}

// Addresses are relative, so that the page works behind a path of its own.
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley gateway API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="page"></div>
<noscript>This page needs JavaScript. The document itself: <a href="docs/openapi.json">openapi.json</a></noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</html>
`;

// Only what changes nothing can be tried: a text sent from here would reach somebody.
const PAGE_SCRIPT = `SwaggerUIBundle({
  dom_id: '#page',
  url: 'docs/openapi.json',
  deepLinking: true,
  supportedSubmitMethods: ['get'],
  validatorUrl: null,
});
`;
