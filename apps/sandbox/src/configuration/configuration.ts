import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';

/**
 * The settings of a sandbox. A property such as `authKey` is the variable `SANDBOX_AUTH_KEY`, or the content of the
 * file that `SANDBOX_AUTH_KEY_FILE` names.
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

  /** Where callbacks go; without it there are none. */
  @IsOptional()
  @IsUrl(
    { protocols: ['http', 'https'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: 'must be an HTTP or HTTPS URL' },
  )
  readonly callbackUrl?: string;

  /** Presented to the callback URL as a bearer token. */
  @ValidateIf(({ callbackUrl }: Configuration) => callbackUrl !== undefined)
  @Matches(/^[!-~]+$/, { message: 'is required with a callback URL: visible characters without spaces' })
  readonly callbackToken?: string;

  /** How much faster than documented the retries of callbacks come: with 60, a minute passes in a second. */
  @Type(() => Number)
  @IsNumber({}, { message: 'must be a number' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(1_000_000, { message: 'must be 1000000 or less' })
  readonly timeScale: number = 60;

  /** Requests taken in any second. */
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(100_000, { message: 'must be 100000 or less' })
  readonly rateLimitPerSecond: number = 10;

  /** Whether a text fails when its recipient has not written in the last 24 hours. */
  @Transform(({ value }: { value: unknown }) => BOOLEANS.get(String(value)) ?? value)
  @IsBoolean({ message: 'must be true or false' })
  readonly enforceWindow: boolean = true;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);
