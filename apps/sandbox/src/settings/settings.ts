import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, Matches, Max, Min } from 'class-validator';

/**
 * How the sandbox behaves, as far as it can be changed while it runs. Each is also a variable: `timeScale` is
 * `SANDBOX_TIME_SCALE`. Where the provider publishes nothing, a setting offers the readings that are left, the likeliest
 * by default.
 */
export class Settings {
  @ApiProperty({ description: 'Requests taken in any second; 0 takes all.' })
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(100_000, { message: 'must be 100000 or less' })
  readonly rateLimitPerSecond: number = 10;

  @ApiProperty({ description: 'Fail texts to users who have not written in the last 24 hours.' })
  @Transform(toBoolean)
  @IsBoolean({ message: 'must be true or false' })
  readonly enforceWindow: boolean = true;

  @ApiProperty({
    description:
      'How much faster than documented callbacks are retried: with 60, a minute passes in a second.',
  })
  @Type(() => Number)
  @IsNumber({}, { message: 'must be a number' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(1_000_000, { message: 'must be 1000000 or less' })
  readonly timeScale: number = 60;

  @ApiProperty({ description: 'Milliseconds from the request until WhatsApp has accepted a text.' })
  @Milliseconds()
  readonly acceptedAfterMs: number = 100;

  @ApiProperty({ description: 'Milliseconds from the request until a text is sent.' })
  @Milliseconds()
  readonly sentAfterMs: number = 300;

  @ApiProperty({ description: 'Milliseconds from the request until a text is delivered.' })
  @Milliseconds()
  readonly deliveredAfterMs: number = 800;

  @ApiProperty({ description: 'Milliseconds from the request until a text is read.' })
  @Milliseconds()
  readonly readAfterMs: number = 1_500;

  @ApiProperty({
    enum: ['any', 'json'],
    description: 'Whether a body of another type than application/json is taken.',
  })
  @IsIn(['any', 'json'], { message: 'must be any or json' })
  readonly contentType: 'any' | 'json' = 'any';

  @ApiProperty({ description: 'Messages taken in one request; 0 takes any number. None is published.' })
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(100_000, { message: 'must be 100000 or less' })
  readonly maxMessagesPerRequest: number = 0;

  @ApiProperty({
    enum: ['utf-16', 'code-points'],
    description:
      'What the 4096 characters of a body are counted in: most emoji are two of the first, one of the second.',
  })
  @IsIn(['utf-16', 'code-points'], { message: 'must be utf-16 or code-points' })
  readonly bodyCountedIn: 'utf-16' | 'code-points' = 'utf-16';

  @ApiProperty({ enum: ['taken', 'refused'], description: 'What happens to a body of white space alone.' })
  @IsIn(['taken', 'refused'], { message: 'must be taken or refused' })
  readonly blankBody: 'taken' | 'refused' = 'taken';

  @ApiProperty({ enum: [200, 201, 202], description: 'HTTP status of a request that is taken.' })
  @Type(() => Number)
  @IsIn([200, 201, 202], { message: 'must be 200, 201 or 202' })
  readonly successStatus: 200 | 201 | 202 = 200;

  @ApiProperty({ enum: [400, 422], description: 'HTTP status of a request that breaks a rule (code 2002).' })
  @Type(() => Number)
  @IsIn([400, 422], { message: 'must be 400 or 422' })
  readonly invalidStatus: 400 | 422 = 400;

  @ApiProperty({
    enum: ['message', 'error', 'errors'],
    description: 'Which of the three published bodies a 429 has, named after its first field.',
  })
  @IsIn(['message', 'error', 'errors'], { message: 'must be message, error or errors' })
  readonly throttledBody: 'message' | 'error' | 'errors' = 'message';

  @ApiProperty({ description: 'Retry-After of a 429, in seconds; 0 sends none.' })
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(3_600, { message: 'must be 3600 or less' })
  readonly retryAfterSeconds: number = 0;

  @ApiProperty({
    enum: ['callback', 'answer'],
    description:
      'How a text outside the 24 h window fails: by a callback after a key, or by the request’s answer.',
  })
  @IsIn(['callback', 'answer'], { message: 'must be callback or answer' })
  readonly closedWindow: 'callback' | 'answer' = 'callback';

  @ApiProperty({
    enum: ['error', 'failed', 'both'],
    description:
      'How a failure is told: by the documented error callback, by Meta’s failed status, or by both.',
  })
  @IsIn(['error', 'failed', 'both'], { message: 'must be error, failed or both' })
  readonly failureShape: 'error' | 'failed' | 'both' = 'error';

  @ApiProperty({
    enum: ['value', 'envelope', 'statuses'],
    description:
      'How a status is wrapped: in Meta’s value object, in Meta’s whole envelope, or as bare statuses.',
  })
  @IsIn(['value', 'envelope', 'statuses'], { message: 'must be value, envelope or statuses' })
  readonly statusShape: 'value' | 'envelope' | 'statuses' = 'value';

  @ApiProperty({
    enum: ['value', 'envelope'],
    description: 'How a user’s message is wrapped: in Meta’s value object, or in Meta’s whole envelope.',
  })
  @IsIn(['value', 'envelope'], { message: 'must be value or envelope' })
  readonly inboundShape: 'value' | 'envelope' = 'value';

  @ApiProperty({
    enum: ['instead', 'beside', 'ignored'],
    description: 'Whether a request’s callback is told instead of the webhook, beside it, or not at all.',
  })
  @IsIn(['instead', 'beside', 'ignored'], { message: 'must be instead, beside or ignored' })
  readonly requestCallback: 'instead' | 'beside' | 'ignored' = 'instead';

  @ApiProperty({ description: 'Whether a request’s callback is shown the webhook’s credentials.' })
  @Transform(toBoolean)
  @IsBoolean({ message: 'must be true or false' })
  readonly requestCallbackAuthorized: boolean = false;

  @ApiProperty({
    description: 'The header of the webhook’s bearer token; in another than authorization it stands bare.',
  })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @Matches(/^[a-z0-9-]{1,64}$/, { message: 'must be the name of a header' })
  readonly callbackTokenHeader: string = 'authorization';

  @ApiProperty({
    description: 'What the chances of faults are drawn from: the same seed, the same sequence.',
  })
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(4_294_967_295, { message: 'must be 4294967295 or less' })
  readonly chaosSeed: number = 1;
}

function Milliseconds(): PropertyDecorator {
  return (target, property) => {
    for (const decorate of [
      Type(() => Number),
      IsInt({ message: 'must be a whole number' }),
      Min(0, { message: 'must be 0 or more' }),
      Max(86_400_000, { message: 'must be 86400000 or less' }),
    ])
      decorate(target, property);
  };
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

function toBoolean({ value }: { readonly value: unknown }): unknown {
  return BOOLEANS.get(String(value)) ?? value;
}
