import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { InsiderClient } from '@parley/insider';
import { StatusWatch } from '@parley/delivery';
import { SpoolingSender } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { Sender, systemClock } from '@parley/sender';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import { CallbackAccess } from './callbacks/callback-access.ts';
import { CallbackReception } from './callbacks/callback-reception.ts';
import { CallbacksController } from './callbacks/callbacks.controller.ts';
import { Callers } from './callers/callers.ts';
import { CONFIGURATION } from './configuration/configuration.ts';
import type { Configuration } from './configuration/configuration.ts';
import { ConsumerWatch } from './consumer/consumer-watch.ts';
import { SendEventsController } from './consumer/send-events.controller.ts';
import { DevBusController } from './dev-bus/dev-bus.controller.ts';
import { BUS } from './events/bus-token.ts';
import { EventPublisher } from './events/event-publisher.ts';
import { CallerAccess } from './grpc/caller-access.ts';
import { ConversationalController } from './grpc/conversational.controller.ts';
import { TrackingController } from './grpc/tracking.controller.ts';
import { GatewayHealth } from './health/gateway-health.ts';
import { HealthController } from './health/health.controller.ts';
import { SendController } from './http/send.controller.ts';
import { loggerOptions } from './log/logger-options.ts';
import { logSenderEvent } from './log/sender-events.ts';
import { logSpoolEvent } from './log/spool-events.ts';
import { logStoreEvent } from './log/store-events.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { MetricsController } from './metrics/metrics.controller.ts';
import { Metrics } from './metrics/metrics.ts';
import { countSpoolEvent } from './metrics/spool-metrics.ts';
import { countSenderEvent, countStoreEvent } from './metrics/sender-metrics.ts';
import { createClients, createSender } from './sending/create-sender.ts';
import { STORES } from './sending/stores-token.ts';
import { createStores } from './sending/stores.ts';
import type { Stores } from './sending/stores.ts';
import { Sending } from './sending/sending.ts';
import { Shutdown } from './shutdown.ts';
import type { Tracing } from './tracing/tracing.ts';
import { TRACING } from './tracing/tracing-token.ts';
import { MessageLookup } from './tracking/message-lookup.ts';
import { CLIENTS } from './sending/clients-token.ts';

/** How long Kafka may take with events before they are spooled. What it takes after all is written once nevertheless. */
const SPOOL_AFTER_MS = 1_000;

export interface GatewayParts {
  readonly configuration: Configuration;
  readonly bus: Bus;
  readonly tracing: Tracing;
  /** @default standard output */
  readonly logDestination?: DestinationStream | undefined;
}

/** Everything of one gateway process: the doors that its roles open, on one sender. */
@Module({})
export class GatewayModule {
  static register({ configuration, bus, tracing, logDestination }: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        LoggerModule.forRoot(loggerOptions(configuration, logDestination)),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: controllersOf(configuration, bus),
      providers: [
        { provide: CONFIGURATION, useValue: configuration },
        { provide: BUS, useValue: bus },
        { provide: TRACING, useValue: tracing },
        { provide: Callers, useFactory: () => new Callers(configuration.callers) },
        { provide: CLIENTS, useFactory: () => createClients(configuration) },
        { provide: Metrics, useFactory: () => createMetrics(configuration) },
        {
          provide: STORES,
          inject: [PinoLogger, Metrics],
          useFactory: (logger: PinoLogger, metrics: Metrics) =>
            createStores(configuration, (event) => {
              logStoreEvent(logger, event);
              countStoreEvent(metrics, event);
            }),
        },
        {
          provide: Sender,
          inject: [STORES, CLIENTS, PinoLogger, Metrics],
          useFactory: (
            stores: Stores,
            clients: ReadonlyMap<string, InsiderClient>,
            logger: PinoLogger,
            metrics: Metrics,
          ) =>
            createSender({
              configuration,
              stores,
              clients,
              onEvent: (event) => {
                logSenderEvent(logger, event);
                countSenderEvent(metrics, event);
                if (event.kind === 'attempted') tracing.attempted(event);
              },
            }),
        },
        {
          provide: SpoolingSender,
          inject: [STORES, PinoLogger, Metrics],
          useFactory: ({ spool }: Stores, logger: PinoLogger, metrics: Metrics) => {
            const sender = new SpoolingSender({
              bus,
              spool,
              ...(spool && { timeoutMs: SPOOL_AFTER_MS }),
              onEvent: (event) => {
                logSpoolEvent(logger, event);
                countSpoolEvent(metrics, event);
              },
            });
            sender.start();
            return sender;
          },
        },
        {
          provide: EventPublisher,
          inject: [SpoolingSender, PinoLogger],
          useFactory: (sender: SpoolingSender, logger: PinoLogger) =>
            new EventPublisher({
              sender,
              clock: systemClock,
              maxWaiting: configuration.maxMessages,
              onWaiting: (waiting, code) => {
                if (waiting) logger.warn({ code }, 'result events wait for the event bus');
                else logger.info('result events are published again');
              },
            }),
        },
        {
          provide: StatusWatch,
          inject: [STORES],
          useFactory: ({ statusLog }: Stores) => new StatusWatch({ log: statusLog, clock: systemClock }),
        },
        CallbackAccess,
        CallbackReception,
        CallerAccess,
        ConsumerWatch,
        MessageLookup,
        Sending,
        GatewayHealth,
        Shutdown,
      ],
    };
  }
}

function controllersOf({ roles, production }: Configuration, bus: Bus): Type[] {
  return [
    HealthController,
    MetricsController,
    ...(roles.has('grpc') ? [ConversationalController, TrackingController, SendController] : []),
    ...(roles.has('consumer') ? [SendEventsController] : []),
    ...(roles.has('callbacks') ? [CallbacksController] : []),
    ...(bus.kind === 'memory' && !production ? [DevBusController] : []),
  ];
}
