import { Injectable, UnsupportedMediaTypeException } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/**
 * Takes bodies of the type application/json alone. A foreign page in the user's browser can post forms and plain text to
 * any local address without asking; JSON it cannot, nor can it DELETE.
 */
@Injectable()
export class JsonOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (method === 'GET' || method === 'HEAD' || method === 'DELETE') return true;
    const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/json')
      throw new UnsupportedMediaTypeException('send the header content-type: application/json');
    return true;
  }
}
