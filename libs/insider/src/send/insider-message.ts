/** One text to one recipient, as the send endpoint takes it. */
export interface InsiderMessage {
  /** E.164 with a leading `+`. */
  readonly phoneNumber: string;
  readonly message: {
    readonly type: 'text';
    readonly text: {
      /** 1 to {@link MAX_BODY_CHARACTERS} characters; WhatsApp's formatting marks count. */
      readonly body: string;
      /** Asks WhatsApp to preview the first URL. @default false */
      readonly preview_url?: boolean;
    };
  };
}

/** The body of a send request. The provider publishes no largest number of messages. */
export interface InsiderSendRequest {
  readonly messages: readonly InsiderMessage[];
}

/** The body of a successful answer: one key per message, in the order of the request. */
export interface InsiderSendResponse {
  readonly keys: readonly string[];
}

/** Path of the send endpoint below the base URL. */
export const SEND_PATH = '/v1/conversational/send';

/** Request header that holds the API key. */
export const AUTH_KEY_HEADER = 'x-ins-auth-key';

/** Documented limit of a text, read as UTF-16 units: the strictest of the readings of "characters" for a string. */
export const MAX_BODY_CHARACTERS = 4096;

/** E.164: a plus, then 7 to 15 digits of which the first is not zero. */
export const E164 = /^\+[1-9]\d{6,14}$/;
