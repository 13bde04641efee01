/** A replica that was silent for longer shares no limit any more, and holds no id. */
export const REPLICA_GONE_MS = 5_000;
