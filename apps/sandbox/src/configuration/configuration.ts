import { Transform, Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { IsNetwork } from './is-network.ts';
import { IsWebUrl } from './is-web-url.ts';

/**
 * What a sandbox is started with and keeps until it ends. A property such as `authKey` is the variable
 * `SANDBOX_AUTH_KEY`, or the content of the file that `SANDBOX_AUTH_KEY_FILE` names. What can change meanwhile is in
 * `Settings`.
 */
export class Configuration {
  @IsString({ message: 'must be an address' })
  readonly host: string = '0.0.0.0';

  /** 0 takes any free port. */
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(65_535, { message: 'must be 65535 or less' })
  readonly port: number = 4000;

  /** What clients have to send as `X-INS-AUTH-KEY`. */
  @Matches(/^[!-~]+$/, { message: 'is required: visible characters without spaces' })
  readonly authKey!: string;

  /** Addresses and networks (CIDR) that may send; others get the documented 403. Empty lets everybody. */
  @Transform(toList)
  @IsNetwork({ each: true, message: 'must be a comma list of addresses and networks, such as 10.0.0.0/8' })
  readonly allowedNetworks: readonly string[] = [];

  /**
   * Beginnings of User-Agents that the edge blocks, in any case; an empty one always is. Insider's page names Java's
   * default, which is `Java/1.8.0` or `Java-http-client/21`; what else is blocked is not published.
   */
  @Transform(toList)
  @IsString({ each: true, message: 'must be a comma list' })
  readonly blockedUserAgents: readonly string[] = ['Java/', 'Java-http-client/'];

  /** Where callbacks go; without it there are none. */
  @IsOptional()
  @IsWebUrl('must be an HTTP or HTTPS URL')
  readonly callbackUrl?: string;

  /** Presented to the callback URL as a bearer token. */
  @ValidateIf(
    ({ callbackUrl, callbackToken, callbackOauth2TokenUrl }: Configuration) =>
      callbackToken !== undefined || (callbackUrl !== undefined && callbackOauth2TokenUrl === undefined),
  )
  @Matches(/^[!-~]+$/, {
    message: 'is required with a callback URL, unless OAuth2 is: visible characters without spaces',
  })
  readonly callbackToken?: string;

  /** Where a token for the callback URL is got, by client credentials; takes the place of a fixed token. */
  @IsOptional()
  @IsWebUrl('must be an HTTP or HTTPS URL')
  readonly callbackOauth2TokenUrl?: string;

  @ValidateIf(({ callbackOauth2TokenUrl }: Configuration) => callbackOauth2TokenUrl !== undefined)
  @IsNotEmpty({ message: 'is required with a token URL' })
  readonly callbackOauth2ClientId?: string;

  @ValidateIf(({ callbackOauth2TokenUrl }: Configuration) => callbackOauth2TokenUrl !== undefined)
  @IsNotEmpty({ message: 'is required with a token URL' })
  readonly callbackOauth2ClientSecret?: string;

  /** Parted by spaces. */
  @IsOptional()
  @IsString({ message: 'must be text' })
  readonly callbackOauth2Scope?: string;

  /** Messages, callbacks and windows are kept there over a restart; without it in memory alone. */
  @IsOptional()
  @IsString({ message: 'must be a folder' })
  readonly dataFolder?: string;

  /** Where previews of links come from: nowhere, from fixtures for example domains alone, or from the pages linked. */
  @IsIn(['off', 'fixtures', 'fetch'], { message: 'must be off, fixtures or fetch' })
  readonly previews: 'off' | 'fixtures' | 'fetch' = 'fetch';
}

function toList({ value }: { readonly value: unknown }): unknown {
  if (typeof value !== 'string') return value;
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
