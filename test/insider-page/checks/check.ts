import type { SandboxTarget, Target } from '../target.ts';

export type Check = (target: Target) => Promise<void>;
type SandboxCheck = (target: SandboxTarget) => Promise<void>;

/** How a sentence is held against each target: in the same way, or in a way of its own. */
export interface Checks {
  readonly sandbox: SandboxCheck;
  /** Left out for a sentence that the gateway has no part in. */
  readonly gateway?: Check;
}

export function both(check: Check): Checks {
  return { sandbox: check, gateway: check };
}
