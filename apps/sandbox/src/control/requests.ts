import { E164 } from '@parley/insider';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

/** `GET /sandbox/messages` */
export class MessagesQuery {
  @IsOptional()
  @IsString()
  readonly recipient?: string;

  @IsOptional()
  @IsString()
  readonly key?: string;

  @IsOptional()
  @IsString()
  readonly text?: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly limit: number = 100;
}

/** `GET /sandbox/messages/wait` */
export class WaitQuery {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly count: number = 1;

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(60_000)
  readonly timeoutMs: number = 10_000;
}

/** `GET /sandbox/callbacks` */
export class CallbacksQuery {
  @IsOptional()
  @IsString()
  readonly key?: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly limit: number = 100;
}

/** `POST /sandbox/inbound` */
export class InboundBody {
  @Matches(E164, { message: 'phoneNumber must be an E.164 number with a leading +' })
  readonly phoneNumber!: string;

  @IsString()
  @Length(1, 4096)
  readonly text!: string;
}
