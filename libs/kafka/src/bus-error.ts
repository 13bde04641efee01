/** What can go wrong with a bus, and whether the same call may succeed later. */
const RETRYABLE = {
  /** No broker, no leader, or too few replicas to acknowledge. */
  UNAVAILABLE: true,
  /** No answer in time. */
  TIMEOUT: true,
  /** Too much is waiting already. */
  OVERLOADED: true,
  /** The broker, or the retention of the in-process bus, refuses a record of this size. */
  RECORD_TOO_LARGE: false,
  /** Credentials or access rights. */
  UNAUTHORIZED: false,
  /** The partition belongs to another member by now. */
  FENCED: false,
  /** The broker refuses for a reason that will not pass by itself. */
  REJECTED: false,
  /** The caller's signal. */
  ABORTED: false,
  /** The bus, consumer or producer has been closed. */
  CLOSED: false,
} as const satisfies Record<string, boolean>;

export type BusErrorCode = keyof typeof RETRYABLE;

export const BUS_ERROR_CODES = Object.keys(RETRYABLE) as readonly BusErrorCode[];

/** Any error as one of ours: what is none is a bug, of which only the name is told. */
export function busErrorOf(error: unknown): BusError {
  if (error instanceof BusError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new BusError('REJECTED', `An unexpected ${name}`, { cause: error });
}

/** How a request ended that was given up in doubt. */
export type LateEnd =
  /** Every record that was not acknowledged then is acknowledged now. */
  | 'written'
  /** Nobody will ever tell: some of them may be on the log, or may still get there. */
  | 'unknown';

export interface BusErrorOptions extends ErrorOptions {
  readonly unacknowledged?: readonly number[];
  readonly late?: Promise<LateEnd>;
}

export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  readonly retryable: boolean;
  /** Of a `send`: positions in its list, ascending. All the others are acknowledged. Absent: none is. */
  readonly unacknowledged: readonly number[] | undefined;
  /**
   * Of a `send`: present when unacknowledged records may be on the log nevertheless. It is tried again in the background
   * until the broker answers, however long that takes, and this tells the end; it never rejects. Absent: none of the
   * unacknowledged records is on the log, nor will be.
   */
  readonly late: Promise<LateEnd> | undefined;

  /** @param message never holds keys, values or headers of records: it goes to logs. */
  constructor(code: BusErrorCode, message: string, options: BusErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = RETRYABLE[code];
    this.unacknowledged = options.unacknowledged;
    this.late = options.late;
  }

  /** Of a list parallel to the one that was sent: what stands where a record is not acknowledged. */
  unacknowledgedOf<T>(sent: readonly T[]): readonly T[] {
    return this.unacknowledged?.flatMap((position) => sent.slice(position, position + 1)) ?? sent;
  }
}
