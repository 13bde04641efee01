import type { Configuration } from './configuration.ts';

/** The effective configuration for the log: secrets only as whether they are there. */
export function describeConfiguration(configuration: Configuration): Record<string, unknown> {
  const { kafka, redisUrl, accounts, callers, callbackAllowList, roles, ...plain } = configuration;
  return {
    ...plain,
    roles: [...roles],
    bus: kafka ? 'kafka' : 'in-process',
    state: redisUrl === undefined ? 'in-process' : 'redis',
    ...(kafka && {
      kafka: { brokers: kafka.brokers, ssl: kafka.ssl, saslConfigured: kafka.sasl !== undefined },
    }),
    accounts: accounts.map(({ authKey, callbackTokens, ...account }) => ({
      ...account,
      authKeyConfigured: authKey !== '',
      callbackTokensConfigured: callbackTokens !== undefined,
    })),
    callersConfigured: callers !== undefined,
    callbackAllowListConfigured: callbackAllowList.allowed !== undefined,
  };
}
