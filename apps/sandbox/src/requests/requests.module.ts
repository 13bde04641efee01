import { Module } from '@nestjs/common';
import { RequestLog } from './request-log.ts';

@Module({ providers: [RequestLog], exports: [RequestLog] })
export class RequestsModule {}
