import { Module } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { Previews } from './previews.ts';
import { PreviewsController } from './previews.controller.ts';
import { PublicFetch } from './public-fetch.ts';
import { PublicNetwork } from './public-network.ts';

@Module({
  controllers: [PreviewsController],
  providers: [Clock, Previews, PublicFetch, PublicNetwork],
})
export class PreviewsModule {}
