import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AUTH_KEY_HEADER } from '@parley/insider';
import { CALLBACKS_PATH } from '../callbacks/callbacks-path.ts';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { CALLBACK_TOKEN, describeCallbacks } from './callbacks-route.ts';
import { describeDevBus } from './dev-bus-routes.ts';
import { describeHealthAndMetrics } from './operating-routes.ts';
import { CALLER_TOKEN, describeSend } from './send-route.ts';

/**
 * The HTTP routes that this process serves in its roles. Loading this file loads Nest's OpenAPI library, which is larger than
 * the start of a gateway should pay for: it is imported when the document is asked for.
 */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const { callbackTokenHeader } = app.get<Configuration>(CONFIGURATION);
  const description = new DocumentBuilder()
    .setTitle('Parley gateway')
    .setDescription(
      'What the gateway serves over HTTP. Its gRPC API is described by its reflection and its proto file.',
    )
    .setVersion('1')
    .addApiKey({ type: 'apiKey', in: 'header', name: AUTH_KEY_HEADER.toUpperCase() }, CALLER_TOKEN)
    .addSecurity(
      CALLBACK_TOKEN,
      callbackTokenHeader === 'authorization'
        ? { type: 'http', scheme: 'bearer' }
        : { type: 'apiKey', in: 'header', name: callbackTokenHeader },
    )
    .build();
  describeSend();
  describeCallbacks();
  describeHealthAndMetrics();
  describeDevBus();
  return withoutOtherMethods(SwaggerModule.createDocument(app, description));
}

/** The route of callbacks answers every method, so that none leads around its token. Only this one is for anybody to call. */
function withoutOtherMethods(document: OpenAPIObject): OpenAPIObject {
  const path = `/${CALLBACKS_PATH}/{account}`;
  const post = document.paths[path]?.post;
  return post ? { ...document, paths: { ...document.paths, [path]: { post } } } : document;
}
