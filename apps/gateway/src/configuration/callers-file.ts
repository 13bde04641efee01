import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsNotEmpty,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';

/** Somebody who may call by gRPC and HTTP; an entry of CALLERS_FILE. */
export class Caller {
  @IsNotEmpty()
  @IsString()
  name!: string;

  /** Hexadecimal SHA-256 of the caller's token: the file holds no secret. */
  @Matches(/^[0-9a-f]{64}$/i, { message: 'tokenSha256 must be 64 hexadecimal digits' })
  tokenSha256!: string;

  /** Names of the accounts the caller may send with; `*` for all. */
  @ArrayNotEmpty()
  @IsString({ each: true })
  accounts!: string[];
}

/** The content of CALLERS_FILE. */
export class CallersFile {
  @IsArray()
  @ArrayUnique((entry: Caller) => entry.name, { message: 'callers must have different names' })
  @ArrayUnique((entry: Caller) => entry.tokenSha256, { message: 'callers must have different tokens' })
  @ValidateNested({ each: true })
  @Type(() => Caller)
  callers!: Caller[];
}
