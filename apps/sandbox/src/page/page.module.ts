import fastifyStatic from '@fastify/static';
import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { join } from 'node:path';
import { PAGE_FOLDER } from './page-folder.ts';
import { PAGE_HEADERS } from './page-headers.ts';
import { PageController } from './page.controller.ts';

/** The phone page at `/`, as it was built. */
@Module({ controllers: [PageController] })
export class PageModule implements OnModuleInit {
  constructor(private readonly adapter: HttpAdapterHost<FastifyAdapter>) {}

  async onModuleInit(): Promise<void> {
    await this.adapter.httpAdapter.getInstance().register(fastifyStatic, {
      root: join(PAGE_FOLDER, 'assets'),
      prefix: '/assets/',
      index: false,
      immutable: true,
      maxAge: '1y',
      decorateReply: false,
      setHeaders: (reply) => void reply.headers(PAGE_HEADERS),
    });
  }
}
