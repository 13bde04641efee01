/** Dependency injection token of the provider clients, by account name. */
export const CLIENTS = Symbol('CLIENTS');
