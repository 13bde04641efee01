import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import type { Callback, CallbackAttempt } from './callback.ts';
import { bodyOf } from './callback-body.ts';
import { CallbackPost } from './callback-post.ts';
import type { PostResult } from './callback-post.ts';
import type { Course } from './course.ts';
import { Webhook } from './webhook.ts';

/** Makes one attempt at a callback, with the credentials that its receiver is to be shown. */
@Injectable()
export class CallbackDelivery {
  constructor(
    private readonly webhook: Webhook,
    private readonly poster: CallbackPost,
    private readonly settings: CurrentSettings,
    private readonly clock: Clock,
  ) {}

  /** Never rejects. A callback of the webhook goes to where the webhook is now. */
  async attempt(course: Course, callback: Callback): Promise<CallbackAttempt> {
    const timeMs = this.clock.nowMs();
    const result = await this.post(callback, bodyOf(course, callback));
    return {
      timeMs,
      durationMs: Math.round(this.clock.nowMs() - timeMs),
      ...(result.kind === 'answered' ? { status: result.status } : { error: result.code }),
    };
  }

  private async post(callback: Callback, body: object): Promise<PostResult> {
    if (callback.target === 'webhook') {
      const { url } = this.webhook;
      if (url === undefined) return { kind: 'failed', code: 'NO_WEBHOOK' };
      callback.url = url;
    } else if (!this.settings.now.requestCallbackAuthorized)
      return this.poster.post({ url: callback.url, headers: {}, body });

    const credentials = await this.webhook.credentials();
    if (credentials.kind === 'failed') return credentials;
    const result = await this.poster.post({ url: callback.url, headers: credentials.headers, body });
    if (result.kind === 'answered' && result.status === 401) credentials.refused();
    return result;
  }
}
