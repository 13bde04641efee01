export { FakeClock } from './fake-clock.ts';
export { outboundMessage } from './outbound-message.ts';
export { propertyRuns } from './property-runs.ts';
export { acceptAll, ScriptedProvider } from './scripted-provider.ts';
export type { ProviderRequest } from './scripted-provider.ts';
export { ScriptedEndpoint } from './scripted-endpoint.ts';
export type { EndpointScript } from './scripted-endpoint.ts';
export { until } from './until.ts';
