import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { JsonBodyPipe } from '../control/json-body.pipe.ts';
import { JsonOnlyGuard } from '../control/json-only.guard.ts';
import { valid } from '../control/valid.ts';
import { FaultRuleAnswer, FaultsAnswer } from './fault-answers.ts';
import { FAULT_CATALOGUE } from './fault-catalogue.ts';
import { Faults, MAX_RULES } from './faults.ts';
import { NewFault } from './new-fault.ts';

/** Faults on demand. */
@ApiTags('faults')
@Controller('sandbox/faults')
@UseGuards(JsonOnlyGuard)
export class FaultsController {
  constructor(private readonly faults: Faults) {}

  @Get()
  @ApiOperation({ summary: 'The faults that are switched on, and all there are' })
  @ApiOkResponse({ type: FaultsAnswer })
  all(): FaultsAnswer {
    return { rules: this.faults.rules, catalogue: FAULT_CATALOGUE };
  }

  @Post()
  @ApiOperation({ summary: `Switches a fault on; ${MAX_RULES} can be at once` })
  @ApiCreatedResponse({ type: FaultRuleAnswer })
  switchOn(@Body(JsonBodyPipe, valid) { times, ...fault }: NewFault): FaultRuleAnswer {
    if (fault.code !== undefined && fault.fault !== 'fails')
      throw new BadRequestException('code is for the fault fails alone: leave it out');
    const rule = this.faults.switchOn({ ...fault, ...(times !== undefined && { timesLeft: times }) });
    if (rule === undefined)
      throw new ConflictException(`${MAX_RULES} faults are switched on: switch some off first`);
    return rule;
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Switches a fault off' })
  @ApiNoContentResponse()
  switchOff(@Param('id') id: string): void {
    if (!this.faults.switchOff(id))
      throw new NotFoundException('no such fault is switched on: it may have been used up');
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Switches all faults off' })
  @ApiNoContentResponse()
  switchAllOff(): void {
    this.faults.switchAllOff();
  }
}
