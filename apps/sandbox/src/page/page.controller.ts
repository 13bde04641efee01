import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAGE_FOLDER } from './page-folder.ts';
import { PAGE_HEADERS } from './page-headers.ts';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<title>Parley sandbox</title>
<h1>The page is not built</h1>
<p>Run <code>npm run build</code> and load this page again. The sandbox itself works without it: see
<a href="/sandbox/docs">its API</a>.</p>
</html>
`;

/** The phone page. Its files have their content's hash in their name; it alone is asked for anew each time. */
@ApiExcludeController()
@Controller()
export class PageController {
  @Get()
  async page(@Res() reply: FastifyReply): Promise<void> {
    const html = await readFile(join(PAGE_FOLDER, 'index.html'), 'utf8').catch(() => undefined);
    await reply
      .code(html === undefined ? 503 : 200)
      .headers(PAGE_HEADERS)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(html ?? NOT_BUILT);
  }
}
