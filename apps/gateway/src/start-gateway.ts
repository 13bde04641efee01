import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createKafkaBus, createMemoryBus, KafkaStrategy } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { Logger, PinoLogger } from 'nestjs-pino';
import type { Configuration } from './configuration/configuration.ts';
import { describeConfiguration } from './configuration/describe-configuration.ts';
import { SEND_PATTERN } from './consumer/send-events.controller.ts';
import { GatewayModule } from './gateway.module.ts';
import { GrpcServer } from './grpc/grpc-server.ts';
import { GatewayHealth } from './health/gateway-health.ts';
import { DRAIN_MS } from './shutdown.ts';

/** Calls in flight, and records being handled, have as long as what waits in the sender, and a little to answer. */
const TRANSPORT_GRACE_MS = DRAIN_MS + 2_000;

/** 1,000 messages of 4096 characters, escaped, with their envelope. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Starts a gateway process with the doors of its roles. Broker, store and provider may be away. */
export async function startGateway(
  configuration: Configuration,
  withoutEffect: readonly string[] = [],
): Promise<NestFastifyApplication> {
  const bus = createBus(configuration);
  const options: Partial<NestApplicationOptions> = { bufferLogs: true, bodyParser: false };
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.register(configuration, bus),
    new FastifyAdapter({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: 'idle' }),
    options,
  );
  app.useLogger(app.get(Logger));
  app.flushLogs();
  const logger = await app.resolve(PinoLogger);
  logger.info({ configuration: describeConfiguration(configuration) }, 'starting');
  for (const name of withoutEffect) logger.warn(`${name} is set and has no effect in this version`);
  if (configuration.production && !configuration.kafka) {
    logger.warn('KAFKA_BROKERS is not set: events stay in this process and end with it');
  }
  // Every body is taken as it comes: each door reads it in its own way and refuses it in its own words.
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const grpc = configuration.roles.has('grpc') ? new GrpcServer(configuration.grpcUrl) : undefined;
  if (grpc) app.connectMicroservice<MicroserviceOptions>(grpc.options);
  if (configuration.roles.has('consumer')) {
    const { consumerGroupId, topics } = configuration;
    const strategy = new KafkaStrategy({
      bus,
      groupId: consumerGroupId,
      topics: { [SEND_PATTERN]: topics.send },
      deadLetterTopic: topics.dlq,
      closeGraceMs: TRANSPORT_GRACE_MS,
      onEvent: (event) => logger.debug({ event }, 'consumer'),
    });
    app.connectMicroservice<MicroserviceOptions>({ strategy });
  }
  await app.startAllMicroservices();
  await app.listen(configuration.http.port, configuration.http.host);
  grpc?.serving();
  app.get(GatewayHealth).begin();
  logger.info({ grpc: grpc && configuration.grpcUrl, http: await app.getUrl() }, 'serving');

  stopOnSignal(async () => {
    logger.info('stopping');
    grpc?.leave(TRANSPORT_GRACE_MS);
    await app.close();
    logger.info('stopped');
  });
  return app;
}

function createBus({ kafka }: Configuration): Bus {
  if (!kafka) return createMemoryBus();
  const { brokers, ssl, sasl } = kafka;
  return createKafkaBus({ brokers, clientId: 'parley-gateway', ssl, ...(sasl && { sasl }) });
}

/** The second signal ends the process at once. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}
