import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../configuration/callers-file.ts';

/** Somebody who was recognised by a token, or anybody when no tokens are asked for. */
export interface AuthenticatedCaller {
  readonly name: string;
  mayUse(account: string): boolean;
  /** The account of calls that cannot name one. */
  readonly ownAccount: string;
}

const DEFAULT_ACCOUNT = 'default';
const ALL_ACCOUNTS = '*';

const ANYBODY: AuthenticatedCaller = {
  name: 'anybody',
  mayUse: () => true,
  ownAccount: DEFAULT_ACCOUNT,
};

/** Who may call by gRPC and HTTP. */
export class Callers {
  readonly #callers: readonly { caller: AuthenticatedCaller; tokenSha256: Buffer }[] | undefined;

  /** @param callers undefined lets everybody call with every account */
  constructor(callers: readonly Caller[] | undefined) {
    this.#callers = callers?.map(({ name, tokenSha256, accounts }) => {
      const all = accounts.includes(ALL_ACCOUNTS);
      const ownAccount = all ? DEFAULT_ACCOUNT : (accounts[0] ?? DEFAULT_ACCOUNT);
      const mayUse = (account: string) => all || accounts.includes(account);
      return { caller: { name, mayUse, ownAccount }, tokenSha256: Buffer.from(tokenSha256, 'hex') };
    });
  }

  /** Looks at every caller's token whichever matches, so that the time taken tells nothing. */
  authenticate(token: string | undefined): AuthenticatedCaller | undefined {
    if (!this.#callers) return ANYBODY;
    const given = createHash('sha256')
      .update(token ?? '')
      .digest();
    let found: AuthenticatedCaller | undefined;
    for (const { caller, tokenSha256 } of this.#callers) {
      if (timingSafeEqual(given, tokenSha256)) found = caller;
    }
    return token === undefined ? undefined : found;
  }
}
