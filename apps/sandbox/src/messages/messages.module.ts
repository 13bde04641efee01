import { Module } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { CustomerServiceWindows } from './customer-service-windows.ts';
import { MessageStore } from './message-store.ts';

@Module({
  providers: [Clock, MessageStore, CustomerServiceWindows],
  exports: [MessageStore, CustomerServiceWindows],
})
export class MessagesModule {}
