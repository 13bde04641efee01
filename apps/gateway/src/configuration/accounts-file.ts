import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { HEADER_VALUE } from './header-value.ts';

/** One entry of ACCOUNTS_FILE. What it leaves out is as the INSIDER_ and CALLBACK_ settings say. */
export class AccountEntry {
  @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/, {
    message: 'name must be 1 to 63 lower-case letters, digits and hyphens',
  })
  name!: string;

  @Matches(HEADER_VALUE, { message: 'authKey must be 1 or more visible ASCII characters' })
  authKey!: string;

  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true })
  baseUrl?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  rateLimitPerSecond?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  maxMessagesPerRequest?: number;

  @IsOptional()
  @ArrayNotEmpty()
  @Matches(HEADER_VALUE, {
    each: true,
    message: 'each of callbackTokens must be 1 or more visible ASCII characters',
  })
  callbackTokens?: string[];
}

/** The content of ACCOUNTS_FILE: accounts beside the one named `default`. */
export class AccountsFile {
  @IsArray()
  @ArrayUnique((entry: AccountEntry) => entry.name, { message: 'accounts must have different names' })
  @ValidateNested({ each: true })
  @Type(() => AccountEntry)
  accounts!: AccountEntry[];
}
