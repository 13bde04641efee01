/** One status of one message, as the provider tells it. */
export interface StatusCallback {
  /** The provider's key of the message. */
  readonly key: string;
  readonly status: 'sent' | 'delivered' | 'read' | 'failed';
  /** E.164. */
  readonly phoneNumber: string;
}

/** Its name in the books of a test: of all copies the same, and of nothing else. */
export function idOf({ key, status }: { readonly key: string; readonly status: string }): string {
  return `${key}:${status}`;
}

export interface BodyOptions {
  /** Shows in the event, to tell copies apart. */
  readonly copy?: number;
  /** Names the message by its WhatsApp id alone. */
  readonly withoutKey?: boolean;
}

/** Meta's value object with the provider's key, as JSON. */
export function bodyOf(
  { key, status, phoneNumber }: StatusCallback,
  { copy, withoutKey = false }: BodyOptions = {},
): string {
  const recipient = phoneNumber.slice(1);
  const failure = {
    code: 131026,
    title: 'Message undeliverable',
    error_data: { details: 'Not on WhatsApp.' },
  };
  const news = {
    id: `wamid.${key}`,
    status,
    timestamp: String(Math.floor(Date.now() / 1000)),
    recipient_id: recipient,
    ...(status === 'failed' && { errors: [failure] }),
    ...(copy !== undefined && { copy }),
  };
  return JSON.stringify({ messaging_product: 'whatsapp', statuses: [news], ...(!withoutKey && { key }) });
}
