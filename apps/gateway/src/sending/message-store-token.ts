/** Dependency injection token of the sender's message store. */
export const MESSAGE_STORE = Symbol('MESSAGE_STORE');
