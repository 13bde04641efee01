import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

/** `GET /sandbox/previews` and `GET /sandbox/previews/image` */
export class PreviewQuery {
  @ApiProperty({ description: 'HTTP or HTTPS, up to 4,096 characters.', example: 'https://example.com/' })
  @IsString({ message: 'url must be given once, such as ?url=https%3A%2F%2Fexample.com%2F' })
  readonly url!: string;
}
