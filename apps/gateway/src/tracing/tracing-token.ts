/** Dependency injection token of what follows messages. */
export const TRACING = Symbol('TRACING');
