import { BaseRpcContext } from '@nestjs/microservices';
import type { IncomingRecord } from '../bus.ts';

/** What `@Ctx()` gives to a handler of the `KafkaStrategy`. */
export class RecordContext extends BaseRpcContext<[IncomingRecord, AbortSignal]> {
  constructor(record: IncomingRecord, signal: AbortSignal) {
    super([record, signal]);
  }

  get record(): IncomingRecord {
    return this.args[0];
  }

  get topic(): string {
    return this.record.topic;
  }

  get partition(): number {
    return this.record.partition;
  }

  get offset(): bigint {
    return this.record.offset;
  }

  /** Aborts when the result would not count any more; see `RecordHandler`. */
  get signal(): AbortSignal {
    return this.args[1];
  }
}
