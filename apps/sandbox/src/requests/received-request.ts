/** One request to the endpoint, as it came, and what it was answered. */
export interface ReceivedRequest {
  readonly id: string;
  readonly time: Date;
  readonly method: string;
  readonly path: string;
  readonly remoteAddress: string;
  /** Names in lower case; of the key all but its last four characters are hidden. */
  readonly headers: Readonly<Record<string, string>>;
  /** Up to {@link MAX_KEPT_CHARACTERS}. */
  readonly body: string;
  /** Of the whole body, in UTF-8. */
  readonly bodyBytes: number;
  /** Left out when the request got no answer. */
  readonly status?: number;
  readonly answer?: string;
  /** The fault that was played, if one was. */
  readonly fault?: string;
  /** Keys of the messages taken, in order. */
  readonly keys: readonly string[];
}

/** Of a body and of an answer: what does not fit is cut off. */
export const MAX_KEPT_CHARACTERS = 65_536;
