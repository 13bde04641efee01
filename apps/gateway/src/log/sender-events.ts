import type { SenderEvent } from '@parley/sender';
import type { PinoLogger } from 'nestjs-pino';

/** One line per event of the sender, at the level that says whether somebody should look. */
export function logSenderEvent(logger: PinoLogger, { kind, ...facts }: SenderEvent): void {
  const event = { event: kind, ...facts };
  switch (kind) {
    case 'attempted':
      if (event.event === 'attempted' && 'answer' in event && event.answer !== 'accepted') logger.warn(event);
      else logger.info(event);
      break;
    case 'settled':
      logger.debug(event);
      break;
    case 'account-resumed':
      logger.info(event);
      break;
    case 'retrying':
      logger.warn(event);
      break;
    case 'account-paused':
    case 'store-failed':
      logger.error(event);
      break;
  }
}
