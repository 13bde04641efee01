import { Controller, Get, Header, NotFoundException, Query, Res, StreamableFile } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { valid } from '../control/valid.ts';
import { CardAnswer, NoPreviewAnswer } from './preview.ts';
import type { Preview } from './preview.ts';
import { PreviewQuery } from './preview-query.ts';
import { Previews } from './previews.ts';

/** What WhatsApp shows for the first link of a text with `preview_url`; a browser never asks the linked page itself. */
@ApiTags('previews')
@ApiExtraModels(CardAnswer, NoPreviewAnswer)
@Controller('sandbox/previews')
export class PreviewsController {
  constructor(private readonly previews: Previews) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The card of a link, or why it has none' })
  @ApiOkResponse({
    schema: { oneOf: [{ $ref: getSchemaPath(CardAnswer) }, { $ref: getSchemaPath(NoPreviewAnswer) }] },
  })
  preview(@Query(valid) { url }: PreviewQuery): Promise<Preview> {
    return this.previews.preview(url);
  }

  @Get('image')
  @Header('x-content-type-options', 'nosniff')
  @Header('content-security-policy', "default-src 'none'; sandbox")
  @Header('cross-origin-resource-policy', 'same-origin')
  @ApiOperation({ summary: 'The image of a card: PNG, JPEG, WebP or GIF, up to 600 KB' })
  @ApiProduces('image/png', 'image/jpeg', 'image/webp', 'image/gif')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiNotFoundResponse({ description: 'Not such an image, or it cannot be read.' })
  async image(
    @Query(valid) { url }: PreviewQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const image = await this.previews.image(url);
    void reply.header('cache-control', image.kind === 'image' ? 'private, max-age=600' : 'no-store');
    if (image.kind === 'image') return new StreamableFile(image.bytes, { type: image.type });
    throw new NotFoundException(
      `no image to show (${image.reason}): it has to be a PNG, JPEG, WebP or GIF of up to 600 KB that its server sends within 3 seconds`,
    );
  }
}
