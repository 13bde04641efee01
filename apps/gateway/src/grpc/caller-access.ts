import type { Metadata } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { sendError } from '@parley/sender';
import { Callers } from '../callers/callers.ts';
import type { AuthenticatedCaller } from '../callers/callers.ts';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { invalidArgument, permissionDenied, unauthenticated } from './errors.ts';

const DEFAULT_ACCOUNT = 'default';

/** Who calls, and with which accounts. Throws what the call then fails with. */
@Injectable()
export class CallerAccess {
  readonly #callers: Callers;
  readonly #configuration: Configuration;

  constructor(callers: Callers, @Inject(CONFIGURATION) configuration: Configuration) {
    this.#callers = callers;
    this.#configuration = configuration;
  }

  /** @throws UNAUTHENTICATED */
  callerOf(metadata: Metadata): AuthenticatedCaller {
    const [header] = metadata.get('authorization');
    const token = typeof header === 'string' ? /^bearer +(.+)$/i.exec(header)?.[1] : undefined;
    const caller = this.#callers.authenticate(token);
    if (!caller) throw unauthenticated();
    return caller;
  }

  /**
   * @param requested as a request names it; empty: `default`
   * @param field where the request names it
   * @throws PERMISSION_DENIED; INVALID_ARGUMENT for one that is not configured
   */
  accountOf(requested: string, caller: AuthenticatedCaller, field = 'account'): string {
    const account = requested === '' ? DEFAULT_ACCOUNT : requested;
    if (!caller.mayUse(account)) throw permissionDenied(account);
    if (!this.#configuration.accounts.some(({ name }) => name === account)) {
      const { reason, message } = sendError('ACCOUNT_UNKNOWN');
      throw invalidArgument([{ field, reason, rule: `must be configured here: ${message}` }]);
    }
    return account;
  }

  /** All that the caller may use: at least one, since the configuration names no other. */
  accountsOf(caller: AuthenticatedCaller): readonly string[] {
    return this.#configuration.accounts.map(({ name }) => name).filter((name) => caller.mayUse(name));
  }
}
