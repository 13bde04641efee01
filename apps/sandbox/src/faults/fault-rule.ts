/** What can go wrong with a request, on demand. `docs/sandbox.md` says of each what the client sees. */
export const ENDPOINT_FAULTS = [
  'throttled',
  'throttled-retry-after',
  'server-error',
  'maintenance',
  'gateway-timeout',
  'hang',
  'slow-drip',
  'reset-before',
  'reset-after',
  'edge-html',
  'too-few-keys',
  'too-many-keys',
  'ip-restricted',
  'key-revoked',
] as const;

/** What can go wrong with a message that was taken: on WhatsApp's side, or with the callbacks that tell of it. */
export const MESSAGE_FAULTS = [
  'fails',
  'never-delivered',
  'never-read',
  'read-without-delivered',
  'callbacks-late',
  'callbacks-doubled',
  'callbacks-out-of-order',
  'callbacks-missing',
] as const;

export type EndpointFault = (typeof ENDPOINT_FAULTS)[number];
export type MessageFault = (typeof MESSAGE_FAULTS)[number];
export type FaultName = EndpointFault | MessageFault;

/** A fault switched on until it is taken back, used up, or the sandbox is reset. */
export interface FaultRule {
  readonly id: string;
  readonly fault: FaultName;
  /** Meta's error code, for `fails` alone; 131026 when left out. */
  readonly code?: number;
  /** Only for this recipient, in E.164. */
  readonly recipient?: string;
  /** Only for texts that contain this. */
  readonly text?: string;
  /** 0 to 1: how often, drawn from the seeded sequence. 1 when left out. */
  readonly probability?: number;
  /** How many more times it is played; without an end when left out. */
  readonly timesLeft?: number;
}

/** A fault to play with a message; the code is of `fails` alone. */
export interface PlayedFault {
  readonly fault: MessageFault;
  readonly code?: number;
}
