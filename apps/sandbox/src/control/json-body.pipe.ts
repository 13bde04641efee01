import { BadRequestException, Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';

/** Bodies arrive as text, because the endpoint answers a malformed one in its own way; here it is simply wrong. */
@Injectable()
export class JsonBodyPipe implements PipeTransform<unknown, unknown> {
  transform(body: unknown): unknown {
    try {
      return JSON.parse(typeof body === 'string' ? body : '') as unknown;
    } catch {
      throw new BadRequestException('the body is not JSON');
    }
  }
}
