import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ENDPOINT_FAULTS, MESSAGE_FAULTS } from './fault-rule.ts';
import type { FaultName } from './fault-rule.ts';

const FAULTS: readonly FaultName[] = [...ENDPOINT_FAULTS, ...MESSAGE_FAULTS];

/** A fault that is switched on. */
export class FaultRuleAnswer {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ enum: FAULTS })
  readonly fault!: FaultName;

  @ApiPropertyOptional({ description: 'Meta’s error code, for the fault fails alone; 131026 when left out.' })
  readonly code?: number;

  @ApiPropertyOptional({ description: 'Only for this recipient.' })
  readonly recipient?: string;

  @ApiPropertyOptional({ description: 'Only for texts that hold this.' })
  readonly text?: string;

  @ApiPropertyOptional({ description: 'How often, from 0 to 1; always when left out.' })
  readonly probability?: number;

  @ApiPropertyOptional({ description: 'How many more times it is played; without an end when left out.' })
  readonly timesLeft?: number;
}

/** A fault there is. */
export class CatalogueEntryAnswer {
  @ApiProperty({ enum: FAULTS })
  readonly fault!: FaultName;

  @ApiProperty({ enum: ['endpoint', 'message'], description: 'What it happens to: a request, or a message.' })
  readonly kind!: 'endpoint' | 'message';

  @ApiProperty()
  readonly title!: string;

  @ApiProperty({ description: 'What the client sees, whether messages are taken, and what to make of it.' })
  readonly description!: string;

  @ApiProperty({ description: 'A text to this number plays it, whatever is switched on.' })
  readonly magicRecipient!: string;

  @ApiProperty({ description: 'A text that holds this word plays it, whatever is switched on.' })
  readonly magicText!: string;
}

export class FaultsAnswer {
  @ApiProperty({ type: [FaultRuleAnswer], description: 'In the order they were switched on.' })
  readonly rules!: readonly FaultRuleAnswer[];

  @ApiProperty({ type: [CatalogueEntryAnswer] })
  readonly catalogue!: readonly CatalogueEntryAnswer[];
}
