import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { GatewayHealth } from './gateway-health.ts';

/** Described in openapi/: here it would load the OpenAPI library at the start. */
const UNDESCRIBED = { noCache: true, swaggerDocumentation: false };

@Controller('health')
export class HealthController {
  readonly #checks: HealthCheckService;
  readonly #gateway: GatewayHealth;

  constructor(checks: HealthCheckService, gateway: GatewayHealth) {
    this.#checks = checks;
    this.#gateway = gateway;
  }

  /** Whether this process should be restarted. Looks at nothing outside of it: a restart mends no broker. */
  @Get('live')
  @HealthCheck(UNDESCRIBED)
  live(): Promise<HealthCheckResult> {
    return this.#checks.check([() => this.#gateway.process(), () => this.#gateway.consumer()]);
  }

  /** Whether work should be sent here. Trouble with broker or provider is told, and does not refuse work by itself. */
  @Get('ready')
  @HealthCheck(UNDESCRIBED)
  ready(): Promise<HealthCheckResult> {
    return this.#checks.check([
      () => this.#gateway.serving(),
      () => this.#gateway.bus(),
      () => this.#gateway.state(),
      () => this.#gateway.spool(),
      () => this.#gateway.consuming(),
      ...this.#gateway.accountNames.map((name) => () => this.#gateway.account(name)),
    ]);
  }

  /** Whether the listeners are up for the first time. */
  @Get('startup')
  @HealthCheck(UNDESCRIBED)
  startup(): Promise<HealthCheckResult> {
    return this.#checks.check([() => this.#gateway.started()]);
  }
}
