import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Why a link has no card, each with what to do about it. */
export const ADVICE = {
  OFF: 'Previews are off: start the sandbox with SANDBOX_PREVIEWS=fetch to see them.',
  FIXTURES_ONLY:
    'Link to a page of example.com, or start the sandbox with SANDBOX_PREVIEWS=fetch so that it reads other pages.',
  NOT_A_URL:
    'Begin the link with http:// or https:// and a hostname, and keep user names, passwords and more than 4,096 characters out of it.',
  IP_ADDRESS: 'Link to a hostname: WhatsApp shows no card for an IP address.',
  PRIVATE_ADDRESS:
    'Link to a page on the public internet, or to example.com: the sandbox never reads from private addresses.',
  UNREACHABLE:
    'Check that the host’s name resolves, that its server answers, and that its certificate is valid.',
  TIMEOUT: 'Let the page answer, to the end of its head, within 3 seconds.',
  BAD_STATUS: 'Let the page answer 200, or redirect to an HTTP or HTTPS page that does.',
  TOO_MANY_REDIRECTS: 'Link to the page where the redirects end: at most 3 are followed.',
  ENCODED: 'Let the server send the page as it is when asked for accept-encoding: identity.',
  NOT_HTML: 'Let the page be sent as text/html or application/xhtml+xml.',
  TOO_LARGE: 'Move og:title into the first 300 KB of the page.',
  NO_OPEN_GRAPH: 'Add og:title, og:description, og:url and og:image to the head of the page.',
  BUSY: 'Ask again in a moment: the sandbox reads 8 pages at a time.',
} as const;

export type NoPreviewReason = keyof typeof ADVICE;

/** What WhatsApp shows below a text for its first link. Texts are plain: no markup, controls or bidi controls. */
export class CardAnswer {
  @ApiProperty({ enum: ['card'] })
  readonly kind!: 'card';

  @ApiProperty({ description: 'What was asked for, without its fragment.' })
  readonly url!: string;

  @ApiProperty({ description: 'The link’s hostname, in ASCII.' })
  readonly host!: string;

  @ApiProperty({ description: '1 to 200 characters.' })
  readonly title!: string;

  @ApiPropertyOptional({ description: '1 to 300 characters.' })
  readonly description?: string;

  @ApiPropertyOptional({ description: 'Path on this server; it may still turn out to be no image.' })
  readonly image?: string;
}

/** The link is shown as a plain one. */
export class NoPreviewAnswer {
  @ApiProperty({ enum: ['none'] })
  readonly kind!: 'none';

  @ApiProperty({ enum: Object.keys(ADVICE) })
  readonly reason!: NoPreviewReason;

  @ApiProperty({ description: 'What to do to get a card.' })
  readonly advice!: string;
}

export type Preview = CardAnswer | NoPreviewAnswer;

export function noPreview(reason: NoPreviewReason): NoPreviewAnswer {
  return { kind: 'none', reason, advice: ADVICE[reason] };
}

/** The path below which this server hands an image on. */
export function imagePath(url: URL): string {
  return `/sandbox/previews/image?url=${encodeURIComponent(url.href)}`;
}
