import { setTimeout as sleep } from 'node:timers/promises';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createKafkaBus, createMemoryBus, KafkaStrategy } from '@parley/kafka';
import type { Bus, BusEvent, ConsumerEvent } from '@parley/kafka';
import { Sender } from '@parley/sender';
import { Logger, PinoLogger } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import { callbackRefusal } from './callbacks/callback-refusal.ts';
import type { Configuration } from './configuration/configuration.ts';
import { LimitsWatch } from './configuration/limits-watch.ts';
import type { ConfigurationLoading } from './configuration/load-configuration.ts';
import { describeConfiguration } from './configuration/describe-configuration.ts';
import { ConsumerWatch } from './consumer/consumer-watch.ts';
import { SEND_PATTERN } from './consumer/send-events.controller.ts';
import { GatewayModule } from './gateway.module.ts';
import { GrpcServer } from './grpc/grpc-server.ts';
import { GatewayHealth } from './health/gateway-health.ts';
import { logBusEvent } from './log/bus-events.ts';
import { ClientFaultsFilter } from './http/client-faults.filter.ts';
import { HttpConnections } from './http/http-connections.ts';
import { takeBodiesAsBytes } from './http/bodies-as-bytes.ts';
import { refuseEarly, refuseUnknownRoutes } from './http/refuse-early.ts';
import { sendRefusal } from './http/send-refusal.ts';
import { serveDocs } from './openapi/serve-docs.ts';
import { countConsumerEvent } from './metrics/consumer-metrics.ts';
import { countGrpcCalls, countHttpCalls } from './metrics/door-metrics.ts';
import { Metrics } from './metrics/metrics.ts';
import type { Endable } from './process-end.ts';
import { Shutdown } from './shutdown.ts';
import { NO_TRACING } from './tracing/tracing.ts';
import type { Tracing } from './tracing/tracing.ts';
import type { TracingTrouble } from './tracing/trouble-teller.ts';

/** Calls in flight, and records being handled, have as long as what waits in the sender, and this to answer. */
const ANSWER_MS = 2_000;

/** 1,000 messages of 4096 characters, escaped, with their envelope. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Of a whole request, its body included: what stands still on its way would keep its place for ever. */
const MAX_ARRIVAL_MS = 60_000;

export interface GatewayOptions {
  readonly configuration: Configuration;
  /** Reads the configuration again: the accounts' limits follow it. @default they stay as they are */
  readonly reload?: () => ConfigurationLoading;
  /** Closed with the gateway. @default the bus that the configuration names */
  readonly bus?: Bus;
  /** Takes the log's lines. @default standard output */
  readonly logDestination?: DestinationStream;
  /** Begins to follow messages. @default nothing does */
  readonly tracing?: (onTrouble: (trouble: TracingTrouble) => void) => Promise<Tracing>;
}

export interface RunningGateway extends Endable {
  readonly app: NestFastifyApplication;
  /**
   * Says that it leaves, while it still takes calls; then takes nothing new, ends what is in flight within the configured
   * time, and closes everything.
   */
  stop(): Promise<void>;
}

/**
 * For leaving, draining, answering and the last events, with room for one side that does not answer. Each step has a bound
 * of its own; they come to more only when Kafka and Redis stand still together, and then waiting gains nothing.
 */
const STOP_BESIDE_REQUESTS_MS = 20_000;

/** The bound on a stop as a whole: the last request to the provider may begin just before the drain is over. */
export function stopWithinMs({ accounts }: Pick<Configuration, 'accounts'>): number {
  return STOP_BESIDE_REQUESTS_MS + Math.max(...accounts.map(({ timeoutMs }) => timeoutMs));
}

/** Starts a gateway with the doors of its roles. Broker, store and provider may be away. */
export async function startGateway(gateway: GatewayOptions): Promise<RunningGateway> {
  const { configuration, logDestination } = gateway;
  // The bus connects before there is a logger: what it tells by then waits for one.
  const logging = Promise.withResolvers<PinoLogger>();
  const onEvent = (event: BusEvent | ConsumerEvent): void => {
    void logging.promise.then((logger) => logBusEvent(logger, event));
  };
  const tracing = await gateway.tracing?.((trouble) => {
    void logging.promise.then((logger) => logger.warn({ event: 'tracing-failed', ...trouble }));
  });
  const bus = gateway.bus ?? createBus(configuration, onEvent);
  const transportGraceMs = configuration.drainMs + ANSWER_MS;
  const options: Partial<NestApplicationOptions> = { bufferLogs: true, bodyParser: false };
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.register({ configuration, bus, logDestination, tracing: tracing ?? NO_TRACING }),
    new FastifyAdapter({
      bodyLimit: MAX_BODY_BYTES,
      requestTimeout: MAX_ARRIVAL_MS,
      forceCloseConnections: 'idle',
    }),
    options,
  );
  app.useLogger(app.get(Logger));
  app.flushLogs();
  const logger = await app.resolve<PinoLogger>(PinoLogger);
  logging.resolve(logger);
  logStart(logger, configuration);
  app.useGlobalFilters(new ClientFaultsFilter(app.getHttpAdapter()));
  takeBodiesAsBytes(app);
  refuseEarly(app, [
    refuseUnknownRoutes,
    ...(configuration.roles.has('callbacks') ? [callbackRefusal(app)] : []),
    ...(configuration.roles.has('grpc') ? [sendRefusal(app)] : []),
  ]);
  serveDocs(app);
  const metrics = app.get(Metrics);
  countHttpCalls(app, metrics);
  const connections = new HttpConnections(app.getHttpServer());

  const grpc = configuration.roles.has('grpc')
    ? new GrpcServer(configuration.grpcUrl, { interceptors: [countGrpcCalls(metrics)] })
    : undefined;
  if (grpc) app.connectMicroservice<MicroserviceOptions>({ strategy: grpc.createTransport() });
  if (configuration.roles.has('consumer')) {
    const { consumerGroupId, topics } = configuration;
    const strategy = new KafkaStrategy({
      bus,
      groupId: consumerGroupId,
      topics: { [SEND_PATTERN]: topics.send },
      deadLetterTopic: topics.dlq,
      closeGraceMs: transportGraceMs,
      maxInFlight: configuration.maxMessages,
      onEvent: (event) => {
        onEvent(event);
        countConsumerEvent(metrics, event);
      },
    });
    app.get(ConsumerWatch).watch(strategy);
    app.connectMicroservice<MicroserviceOptions>({ strategy });
  }
  await app.startAllMicroservices();
  await app.listen(configuration.http.port, configuration.http.host);
  grpc?.serving();
  app.get(GatewayHealth).begin();
  logger.info({ grpc: grpc && configuration.grpcUrl, http: await app.getUrl() }, 'serving');

  const limits = gateway.reload && watchLimits(app, configuration, gateway.reload);

  const shutdown = app.get(Shutdown);
  const stop = async (): Promise<void> => {
    const beganAtMs = performance.now();
    logger.info('stopping');
    limits?.stop();
    app.get(GatewayHealth).leave();
    grpc?.leave();
    connections.leave();
    await sleep(configuration.leaveMs);
    grpc?.endWithin(transportGraceMs);
    await connections.letGo(app.close(), transportGraceMs);
    logger.info({ durationMs: Math.round(performance.now() - beganAtMs) }, 'stopped');
  };
  return {
    app,
    stop,
    get unfinished() {
      return shutdown.unfinished;
    },
  };
}

function watchLimits(
  app: NestFastifyApplication,
  configuration: Configuration,
  reload: () => ConfigurationLoading,
): LimitsWatch {
  const logger = app.get(Logger);
  return new LimitsWatch({
    configuration,
    sender: app.get(Sender),
    reload,
    onEvent: ({ kind, ...facts }) => {
      if (kind === 'limits-invalid') logger.error({ event: kind, ...facts });
      else logger.log({ event: kind, ...facts });
    },
  });
}

function logStart(logger: PinoLogger, configuration: Configuration): void {
  logger.info({ configuration: describeConfiguration(configuration) }, 'starting');
  if (configuration.production && !configuration.kafka) {
    logger.warn('KAFKA_BROKERS is not set: events stay in this process and end with it');
  }
}

function createBus({ kafka }: Configuration, onEvent: (event: BusEvent) => void): Bus {
  if (!kafka) return createMemoryBus();
  const { brokers, ssl, sasl } = kafka;
  return createKafkaBus({ brokers, clientId: 'parley-gateway', ssl, onEvent, ...(sasl && { sasl }) });
}
