/** How long after a message was taken its news become known, in milliseconds. */
export type StatusDelaysMs = Readonly<Record<'accepted' | 'sent' | 'delivered' | 'read' | 'error', number>>;

/** Like a phone that is on and in a hand. The time scale does not touch them: they are short as they are. */
export const STATUS_DELAYS_MS: StatusDelaysMs = {
  accepted: 100,
  error: 100,
  sent: 300,
  delivered: 800,
  read: 1_500,
};

/** Token under which the delays are injected. */
export const STATUS_DELAYS = Symbol('StatusDelaysMs');
