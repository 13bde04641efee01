import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Configuration } from './configuration/configuration.ts';
import { serveDocument } from './control/openapi-document.ts';
import { ErrorBodyFilter } from './error-body.filter.ts';
import { Settings } from './settings/settings.ts';
import { SandboxModule } from './sandbox.module.ts';

/** The provider publishes no limit; this one only keeps a mistake from filling the memory. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

const OPTIONS: Partial<NestApplicationOptions> = { bodyParser: false, logger: ['fatal', 'error', 'warn'] };

/**
 * A sandbox, not yet listening. Closing it drops all callbacks to come and closes every connection, whatever it is
 * doing.
 */
export async function createSandbox(
  configuration: Configuration,
  settings: Settings = new Settings(),
): Promise<NestFastifyApplication> {
  const application = await NestFactory.create<NestFastifyApplication>(
    SandboxModule.of(configuration, settings),
    new FastifyAdapter({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, skipMiddie: true }),
    OPTIONS,
  );
  takeBodiesAsText(application);
  application.useGlobalFilters(new ErrorBodyFilter());
  serveDocument(application);
  return application;
}

/** Hands bodies on as text, whatever their type, so that the endpoint can answer a malformed one as documented. */
function takeBodiesAsText(application: NestFastifyApplication): void {
  const server = application.getHttpAdapter().getInstance();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}
