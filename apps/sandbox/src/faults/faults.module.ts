import { Module } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { Faults } from './faults.ts';
import { FaultsController } from './faults.controller.ts';
import { HeldAnswers } from './held-answers.ts';

@Module({
  controllers: [FaultsController],
  providers: [Clock, Faults, HeldAnswers],
  exports: [Faults, HeldAnswers],
})
export class FaultsModule {}
