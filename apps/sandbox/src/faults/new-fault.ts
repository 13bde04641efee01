import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { E164 } from '@parley/insider';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { ENDPOINT_FAULTS, MESSAGE_FAULTS } from './fault-rule.ts';
import type { FaultName } from './fault-rule.ts';

const FAULTS: readonly FaultName[] = [...ENDPOINT_FAULTS, ...MESSAGE_FAULTS];

/** `POST /sandbox/faults` */
export class NewFault {
  @ApiProperty({ enum: FAULTS, description: 'GET /sandbox/faults says what each does.' })
  @IsIn(FAULTS, { message: `fault must be one of ${FAULTS.join(', ')}` })
  readonly fault!: FaultName;

  @ApiPropertyOptional({
    description: 'Meta’s error code, for the fault fails alone; 131026 when left out.',
    minimum: 0,
    maximum: 999_999,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(999_999)
  readonly code?: number;

  @ApiPropertyOptional({ description: 'Only for this recipient, in E.164 with a leading +.' })
  @IsOptional()
  @Matches(E164, { message: 'recipient must be an E.164 number with a leading +' })
  readonly recipient?: string;

  @ApiPropertyOptional({ description: 'Only for texts that hold this.', minLength: 1, maxLength: 4096 })
  @IsOptional()
  @IsString()
  @Length(1, 4096)
  readonly text?: string;

  @ApiPropertyOptional({
    default: 1,
    minimum: 0,
    maximum: 1,
    description:
      'How often: 0.1 is one time in ten, drawn from the sequence that the setting chaosSeed determines.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly probability?: number;

  @ApiPropertyOptional({
    minimum: 1,
    maximum: 1_000_000,
    description: 'How many times it is played: requests, or messages. Without an end when left out.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly times?: number;
}
