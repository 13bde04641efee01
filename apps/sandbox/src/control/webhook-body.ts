import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsDefined,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsWebUrl } from '../configuration/is-web-url.ts';
import type { WebhookTarget } from '../callbacks/webhook.ts';

const isBearer = ({ type }: WebhookAuthBody): boolean => type === 'bearer';
const isOAuth2 = ({ type }: WebhookAuthBody): boolean => type === 'oauth2';

class WebhookAuthBody {
  @ApiProperty({ enum: ['bearer', 'oauth2'] })
  @IsIn(['bearer', 'oauth2'], { message: 'type must be bearer or oauth2' })
  readonly type!: 'bearer' | 'oauth2';

  @ApiPropertyOptional({ description: 'Of bearer: the token.' })
  @ValidateIf(isBearer)
  @Matches(/^[!-~]+$/, { message: 'token must be visible characters without spaces' })
  readonly token?: string;

  @ApiPropertyOptional({
    description: 'Of bearer: the header; the setting callbackTokenHeader when left out.',
  })
  @IsOptional()
  @Matches(/^[A-Za-z0-9-]{1,64}$/, { message: 'header must be the name of a header' })
  readonly header?: string;

  @ApiPropertyOptional({ description: 'Of oauth2: where a token is got, by client credentials.' })
  @ValidateIf(isOAuth2)
  @IsWebUrl('tokenUrl must be an HTTP or HTTPS URL')
  readonly tokenUrl?: string;

  @ApiPropertyOptional({ description: 'Of oauth2.' })
  @ValidateIf(isOAuth2)
  @IsNotEmpty()
  @IsString()
  readonly clientId?: string;

  @ApiPropertyOptional({ description: 'Of oauth2.' })
  @ValidateIf(isOAuth2)
  @IsNotEmpty()
  @IsString()
  readonly clientSecret?: string;

  @ApiPropertyOptional({ description: 'Of oauth2.', type: [String] })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  readonly scopes?: readonly string[];
}

/** `PUT /sandbox/webhook` */
export class WebhookBody {
  @ApiProperty({ description: 'HTTP or HTTPS.' })
  @IsWebUrl('url must be an HTTP or HTTPS URL')
  readonly url!: string;

  @ApiProperty({ type: WebhookAuthBody })
  @IsDefined({ message: 'auth is required: what proves to the receiver that a callback is the provider’s' })
  @ValidateNested()
  @Type(() => WebhookAuthBody)
  readonly auth!: WebhookAuthBody;
}

export function targetOf({ url, auth }: WebhookBody): WebhookTarget {
  const { type, token = '', header, tokenUrl = '', clientId = '', clientSecret = '', scopes = [] } = auth;
  if (type === 'oauth2') return { url, auth: { type, tokenUrl, clientId, clientSecret, scopes } };
  return { url, auth: { type, token, ...(header !== undefined && { header }) } };
}
