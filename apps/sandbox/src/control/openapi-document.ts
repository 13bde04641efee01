import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Serves the control API's OpenAPI document at `/sandbox/openapi.json`, and a page for it at `/sandbox/docs`. */
export function serveDocument(application: NestFastifyApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Parley sandbox')
    .setDescription(
      'What stands beside the provider’s endpoint: what was received, what was told, the simulated user, faults and settings.',
    )
    .build();
  SwaggerModule.setup(
    'sandbox/docs',
    application,
    () => SwaggerModule.createDocument(application, description),
    {
      jsonDocumentUrl: 'sandbox/openapi.json',
      customSiteTitle: 'Parley sandbox API',
    },
  );
}
