/** What can go wrong with a bus, and whether the same call may succeed later. */
const RETRYABLE = {
  /** No broker, no leader, or too few replicas to acknowledge. */
  UNAVAILABLE: true,
  /** No answer in time; the records may have been written. */
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

export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  readonly retryable: boolean;

  /** @param message never holds keys, values or headers of records: it goes to logs. */
  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}
