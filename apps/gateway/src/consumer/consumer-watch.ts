import { Injectable } from '@nestjs/common';
import type { ConsumerState, KafkaStrategy } from '@parley/kafka';

/** Lets the module ask how the consumer does, which is made beside it, as a transport. */
@Injectable()
export class ConsumerWatch {
  #strategy: Pick<KafkaStrategy, 'state'> | undefined;

  watch(strategy: Pick<KafkaStrategy, 'state'>): void {
    this.#strategy = strategy;
  }

  /** Undefined where no consumer runs. */
  state(): ConsumerState | undefined {
    return this.#strategy?.state();
  }
}
