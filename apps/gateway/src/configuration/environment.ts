import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import type { TransformFnParams } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { TOPICS } from '@parley/contracts';
import { HEADER_VALUE } from './header-value.ts';

const ROLES = ['grpc', 'consumer', 'callbacks'] as const;
export type Role = (typeof ROLES)[number];

const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[^\s:/]+):\d{1,5}$/i;
const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/**
 * Every setting of the gateway, with its default: the names are the environment's. Meanings and units stand in
 * `.env.example`, which a test holds against this class.
 */
export class Environment {
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @Transform(commaList)
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(ROLES, { each: true })
  ROLES: readonly Role[] = ROLES;

  @Matches(HOST_AND_PORT, { message: '$property must be host:port' })
  GRPC_URL = '0.0.0.0:50051';

  @IsNotEmpty()
  @IsString()
  HTTP_HOST = '0.0.0.0';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65535)
  HTTP_PORT = 3000;

  @IsOptional()
  @Transform(commaList)
  @ArrayNotEmpty()
  @Matches(HOST_AND_PORT, { each: true, message: 'each entry of $property must be host:port' })
  KAFKA_BROKERS?: readonly string[];

  @IsNotEmpty()
  @IsString()
  KAFKA_GROUP_ID = 'parley-gateway';

  @Transform(flag)
  @IsBoolean({ message: '$property must be true or false' })
  KAFKA_SSL = false;

  @IsOptional()
  @IsIn(['plain', 'scram-sha-256', 'scram-sha-512'])
  KAFKA_SASL_MECHANISM?: 'plain' | 'scram-sha-256' | 'scram-sha-512';

  @IsOptional()
  @IsString()
  KAFKA_SASL_USERNAME?: string;

  @IsOptional()
  @IsString()
  KAFKA_SASL_PASSWORD?: string;

  @IsOptional()
  @Matches(/^rediss?:\/\//, { message: '$property must begin with redis:// or rediss://' })
  REDIS_URL?: string;

  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true })
  INSIDER_BASE_URL = 'https://whatsapp.useinsider.com';

  @Matches(HEADER_VALUE, { message: '$property must be 1 or more visible ASCII characters' })
  INSIDER_AUTH_KEY!: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  INSIDER_RATE_LIMIT_PER_SECOND = 10;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  INSIDER_MAX_MESSAGES_PER_REQUEST = 100;

  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(120_000)
  INSIDER_TIMEOUT_MS = 10_000;

  @IsOptional()
  @Matches(HEADER_VALUE, { message: '$property must be 1 or more visible ASCII characters' })
  INSIDER_USER_AGENT?: string;

  @IsOptional()
  @IsString()
  ACCOUNTS_FILE?: string;

  @IsOptional()
  @IsString()
  CALLERS_FILE?: string;

  @IsIn(['on', 'off'])
  AUTH: 'on' | 'off' = 'on';

  @IsOptional()
  @Transform(commaList)
  @ArrayNotEmpty()
  @Matches(HEADER_VALUE, {
    each: true,
    message: 'each of $property must be 1 or more visible ASCII characters',
  })
  CALLBACK_TOKENS?: readonly string[];

  @Transform(lowerCase)
  @Matches(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, { message: '$property must be the name of a header' })
  CALLBACK_TOKEN_HEADER = 'authorization';

  @IsOptional()
  @IsString()
  CALLBACK_ALLOWED_IPS?: string;

  @IsOptional()
  @IsString()
  TRUSTED_PROXIES?: string;

  @IsIn(['resend', 'report'])
  AMBIGUOUS_SENDS: 'resend' | 'report' = 'resend';

  @IsIn(['off', 'known', 'strict'])
  WINDOW_POLICY: 'off' | 'known' | 'strict' = 'known';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(24 * 90)
  IDEMPOTENCY_TTL_HOURS = 72;

  @Type(() => Number)
  @IsInt()
  @Min(1000)
  @Max(1_000_000)
  QUEUE_MAX_MESSAGES = 10_000;

  @Type(() => Number)
  @IsInt()
  @Min(1000)
  @Max(100_000_000)
  SPOOL_MAX_EVENTS = 1_000_000;

  @Type(() => Number)
  @IsInt()
  @Min(1000)
  @Max(10_000_000)
  WATCH_MAX_EVENTS = 200_000;

  @IsIn(['on', 'off'])
  PAIR_LIMIT: 'on' | 'off' = 'off';

  @Matches(TOPIC_NAME, { message: '$property must be the name of a topic' })
  TOPIC_SEND: string = TOPICS.send;

  @Matches(TOPIC_NAME, { message: '$property must be the name of a topic' })
  TOPIC_RESULT: string = TOPICS.result;

  @Matches(TOPIC_NAME, { message: '$property must be the name of a topic' })
  TOPIC_STATUS: string = TOPICS.status;

  @Matches(TOPIC_NAME, { message: '$property must be the name of a topic' })
  TOPIC_INBOUND: string = TOPICS.inbound;

  @Matches(TOPIC_NAME, { message: '$property must be the name of a topic' })
  TOPIC_DLQ: string = TOPICS.dlq;

  @Matches(TOPIC_NAME, { message: '$property must be the name of a topic' })
  TOPIC_QUARANTINE: string = TOPICS.quarantine;

  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  LOG_LEVEL: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' = 'info';
}

/** The settings' names. */
export const SETTING_NAMES: readonly string[] = Object.keys(new Environment());

function commaList({ value }: TransformFnParams): unknown {
  if (typeof value !== 'string') return value as unknown;
  return value.split(',').map((entry) => entry.trim());
}

function flag({ value }: TransformFnParams): unknown {
  return value === 'true' ? true : value === 'false' ? false : (value as unknown);
}

function lowerCase({ value }: TransformFnParams): unknown {
  return typeof value === 'string' ? value.toLowerCase() : (value as unknown);
}
