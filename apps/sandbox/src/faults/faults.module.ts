import { Module } from '@nestjs/common';
import { Faults } from './faults.ts';
import { FaultsController } from './faults.controller.ts';
import { HeldAnswers } from './held-answers.ts';

@Module({
  controllers: [FaultsController],
  providers: [Faults, HeldAnswers],
  exports: [Faults, HeldAnswers],
})
export class FaultsModule {}
