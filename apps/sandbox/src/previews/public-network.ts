import { Injectable } from '@nestjs/common';
import { Resolver } from 'node:dns/promises';
import { isPublicAddress } from './public-address.ts';

/** The network as previews may use it; tests put their own in its place. */
@Injectable()
export class PublicNetwork {
  /**
   * All addresses of a hostname by DNS alone, none when there is none. The system's own resolver is not asked: it
   * cannot be interrupted, and knows names that are nobody else's business.
   */
  async addresses(hostname: string, signal: AbortSignal): Promise<readonly string[]> {
    // RFC 6761: loopback, and no question for DNS.
    if (/(^|\.)localhost\.?$/.test(hostname)) return ['127.0.0.1'];
    signal.throwIfAborted();
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Whether a connection to this address may be made. */
  isAllowed(address: string): boolean {
    return isPublicAddress(address);
  }
}
