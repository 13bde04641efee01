/**
 * When recipients last wrote to an account. WhatsApp delivers free texts for 24 hours after that (Insider's page on sending
 * a conversational text): the customer service window.
 */
export interface WindowStore {
  /** One answer per number; undefined for one that nothing is known of. */
  find(account: string, phoneNumbers: readonly string[]): Promise<readonly (WindowSeen | undefined)[]>;

  /** Adds what callbacks told, in any order: of each number the latest moments stay. */
  observe(account: string, observations: readonly WindowObservation[]): Promise<void>;
}

/** What is known of one window. Milliseconds since 1970, by the provider's clock. */
export interface WindowSeen {
  /** When the user last wrote. */
  readonly inboundMs?: number;
  /** When the provider last said that the window is closed (error 131047). */
  readonly closedMs?: number;
}

export interface WindowObservation extends WindowSeen {
  readonly phoneNumber: string;
}
