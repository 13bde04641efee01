import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Hands every body on as the bytes that came: each door reads it in its own way, and refuses it in its own words.
 * The content type is put aside before the framework sees it, because it would refuse a malformed one by itself.
 */
export function takeBodiesAsBytes(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  fastify.addHook('onRequest', (request, _reply, done) => {
    delete request.headers['content-type'];
    done();
  });
}
