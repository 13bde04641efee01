/** Dependency injection token of the event bus. */
export const BUS = Symbol('BUS');
