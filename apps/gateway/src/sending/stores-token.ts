/** Dependency injection token of what the sender keeps. */
export const STORES = Symbol('STORES');
