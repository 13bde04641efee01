import { E164 } from '@parley/insider';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { MAX_MESSAGES } from '../messages/message-store.ts';

/** `GET /sandbox/messages` */
export class MessagesQuery {
  @ApiPropertyOptional({ description: 'A number, with or without its plus.' })
  @IsOptional()
  @IsString()
  readonly recipient?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  readonly key?: string;

  @ApiPropertyOptional({ description: 'A part of the body.' })
  @IsOptional()
  @IsString()
  readonly text?: string;

  @ApiPropertyOptional({ default: 100, minimum: 1, maximum: MAX_MESSAGES })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_MESSAGES)
  readonly limit: number = 100;
}

/** `GET /sandbox/messages/wait` */
export class WaitQuery {
  @ApiPropertyOptional({ default: 1, minimum: 1 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly count: number = 1;

  @ApiPropertyOptional({ default: 10_000, minimum: 0, maximum: 60_000 })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(60_000)
  readonly timeoutMs: number = 10_000;

  @ApiPropertyOptional({ description: 'Count only texts to this number.' })
  @IsOptional()
  @IsString()
  readonly recipient?: string;

  @ApiPropertyOptional({ description: 'Count only texts that hold this.' })
  @IsOptional()
  @IsString()
  readonly text?: string;
}

/** `GET /sandbox/conversations` */
export class ConversationsQuery {
  @ApiPropertyOptional({ description: 'A part of the number, or of any text.' })
  @IsOptional()
  @IsString()
  readonly search?: string;

  @ApiPropertyOptional({ default: 200, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly limit: number = 200;
}

/** `GET /sandbox/conversations/{phoneNumber}` */
export class ConversationQuery {
  @ApiPropertyOptional({ default: 50, minimum: 1, maximum: 200 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  readonly limit: number = 50;

  @ApiPropertyOptional({ description: 'The `before` of the page that came last.', type: String })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly before?: number;
}

/** `GET /sandbox/requests` */
export class RequestsQuery {
  @ApiPropertyOptional({ default: 100, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly limit: number = 100;

  @ApiPropertyOptional({ default: false, description: 'Only those answered with an error, or not at all.' })
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  readonly refused: boolean = false;
}

/** `GET /sandbox/callbacks` */
export class CallbacksQuery {
  @ApiPropertyOptional({ description: 'Only those of this message.' })
  @IsOptional()
  @IsString()
  readonly key?: string;

  @ApiPropertyOptional({ default: 100, minimum: 1, maximum: 10_000 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly limit: number = 100;
}

/** `POST /sandbox/inbound` */
export class InboundBody {
  @ApiProperty({ description: 'Who writes, in E.164 with a leading +.' })
  @Matches(E164, { message: 'phoneNumber must be an E.164 number with a leading +' })
  readonly phoneNumber!: string;

  @ApiProperty({ minLength: 1, maxLength: 4096 })
  @IsString()
  @Length(1, 4096)
  readonly text!: string;
}
