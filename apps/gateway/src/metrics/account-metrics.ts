import type { Sender } from '@parley/sender';
import type { Metrics } from './metrics.ts';

/** Tells how each account does now, and within which limits. */
export function lookUpAccounts(metrics: Metrics, sender: Sender): void {
  const { accountPaused, oldestMessageWaiting, requestMessagesLimit, requestsPerSecondLimit } = metrics;
  // A pause has another series for each reason, and the one that was told last may be over.
  accountPaused.reset();
  for (const account of sender.accounts) {
    const state = sender.accountState(account);
    if (state?.kind === 'paused') accountPaused.set({ account, reason: state.error.reason }, 1);
    else accountPaused.set({ account, reason: '' }, 0);
    oldestMessageWaiting.set({ account }, sender.oldestWaitingMs(account) / 1000);
    const limits = sender.limitsOf(account);
    if (!limits) continue;
    requestsPerSecondLimit.set({ account }, limits.limitPerSecond);
    requestMessagesLimit.set({ account }, limits.maxMessagesPerRequest);
  }
}
