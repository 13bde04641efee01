import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CALLBACK_NAMES } from '../callbacks/callback.ts';
import type { CallbackName } from '../callbacks/callback.ts';

/** What became of a text so far, oldest first in lists. */
export class StatusAnswer {
  @ApiProperty({ enum: ['accepted', 'sent', 'delivered', 'read', 'failed'] })
  readonly status!: 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';

  @ApiProperty({ format: 'date-time' })
  readonly time!: Date;

  @ApiPropertyOptional({ description: 'Meta’s error code of a failure, such as 131047.' })
  readonly code?: number;
}

/** A text that the endpoint took over. */
export class MessageAnswer {
  @ApiProperty({ description: 'The provider’s key, unique among all messages.' })
  readonly key!: string;

  @ApiProperty({ description: 'WhatsApp’s id of the message.' })
  readonly wamid!: string;

  @ApiProperty({ description: 'E.164 with a leading +.' })
  readonly phoneNumber!: string;

  @ApiPropertyOptional({
    description: 'The sender number the request named, for accounts that have several.',
  })
  readonly from?: string;

  @ApiProperty({ description: '1 to 4096 characters, as received.' })
  readonly body!: string;

  @ApiProperty()
  readonly previewUrl!: boolean;

  @ApiProperty({ format: 'date-time' })
  readonly receivedTime!: Date;

  @ApiProperty({ description: 'The request that brought it: GET /sandbox/requests/{id}.' })
  readonly requestId!: string;

  @ApiProperty({ type: [StatusAnswer] })
  readonly statuses!: readonly StatusAnswer[];
}

/** A text that the user wrote. */
export class InboundAnswer {
  @ApiProperty()
  readonly wamid!: string;

  @ApiProperty()
  readonly phoneNumber!: string;

  @ApiProperty()
  readonly text!: string;

  @ApiProperty({ format: 'date-time' })
  readonly time!: Date;
}

/** One phone: what the business wrote to it, and what its user wrote back. */
export class ConversationAnswer {
  @ApiProperty()
  readonly phoneNumber!: string;

  @ApiProperty({ format: 'date-time', description: 'Of the newest text in either direction.' })
  readonly lastTime!: Date;

  @ApiProperty({ enum: ['outbound', 'inbound'] })
  readonly lastDirection!: 'outbound' | 'inbound';

  @ApiProperty({ description: 'The beginning of the newest text, up to 120 characters.' })
  readonly lastText!: string;

  @ApiPropertyOptional({
    enum: ['accepted', 'sent', 'delivered', 'read', 'failed'],
    description: 'Of the newest text; none yet, or it is the user’s.',
  })
  readonly lastStatus?: StatusAnswer['status'];

  @ApiProperty({ description: 'Texts kept, in both directions.' })
  readonly messages!: number;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When the 24 h window closes or closed; left out when the user never wrote.',
  })
  readonly windowClosesTime?: Date;
}

export class ConversationsAnswer {
  @ApiProperty({ description: 'All conversations that match, also those beyond the limit.' })
  readonly total!: number;

  @ApiProperty({ type: [ConversationAnswer], description: 'Newest first.' })
  readonly conversations!: readonly ConversationAnswer[];
}

/** A text of a conversation, in one direction or the other. */
export class EntryAnswer {
  @ApiPropertyOptional({ type: MessageAnswer, description: 'What the business wrote.' })
  readonly outbound?: MessageAnswer;

  @ApiPropertyOptional({ type: InboundAnswer, description: 'What the user wrote.' })
  readonly inbound?: InboundAnswer;
}

export class ConversationPageAnswer {
  @ApiProperty({ type: ConversationAnswer })
  readonly conversation!: ConversationAnswer;

  @ApiProperty({ type: [EntryAnswer], description: 'Oldest first: the newest that are before the cursor.' })
  readonly entries!: readonly EntryAnswer[];

  @ApiPropertyOptional({ description: 'Pass as `before` to get older texts; left out when there are none.' })
  readonly before?: string;
}

/** One post of a callback, and how it was answered. */
export class AttemptAnswer {
  @ApiProperty({ description: '1 is the first; up to 10 retries follow.' })
  readonly attempt!: number;

  @ApiProperty({ format: 'date-time' })
  readonly time!: Date;

  @ApiProperty({ description: 'Milliseconds.' })
  readonly durationMs!: number;

  @ApiPropertyOptional({ description: 'The HTTP status of the answer; left out when there was none.' })
  readonly status?: number;

  @ApiPropertyOptional({ description: 'Why there was no answer, such as ECONNREFUSED.' })
  readonly error?: string;
}

/** An event to tell the receiver, with all attempts made. */
export class CallbackAnswer {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ enum: CALLBACK_NAMES })
  readonly event!: CallbackName;

  @ApiPropertyOptional({ description: 'The message’s key; an inbound message has none.' })
  readonly key?: string;

  @ApiProperty({ description: 'Where it goes.' })
  readonly url!: string;

  @ApiProperty({ type: Object, description: 'The body posted.' })
  readonly body!: object;

  @ApiProperty({
    enum: ['waiting', 'retrying', 'delivered', 'given-up'],
    description: '`waiting`: not posted yet. `given-up`: the last documented retry was refused too.',
  })
  readonly state!: 'waiting' | 'retrying' | 'delivered' | 'given-up';

  @ApiProperty({ type: [AttemptAnswer] })
  readonly attempts!: readonly AttemptAnswer[];

  @ApiPropertyOptional({ format: 'date-time', description: 'When it is posted next; none once it is over.' })
  readonly nextTime?: Date;
}

/** One attempt at one callback, for those who read a flat list. */
export class CallbackAttemptAnswer extends AttemptAnswer {
  @ApiProperty({ enum: CALLBACK_NAMES })
  readonly event!: CallbackName;

  @ApiPropertyOptional({ description: 'The message’s key; an inbound message has none.' })
  readonly key?: string;
}

export class CallbacksAnswer {
  @ApiProperty({ type: [CallbackAnswer], description: 'Oldest first: the newest that match.' })
  readonly callbacks!: readonly CallbackAnswer[];

  @ApiProperty({
    type: [CallbackAttemptAnswer],
    description: 'All attempts at them, in the order they were made.',
  })
  readonly attempts!: readonly CallbackAttemptAnswer[];
}

/** One request to the endpoint, as it came, and what it was answered. */
export class RequestAnswer {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly time!: Date;

  @ApiProperty()
  readonly method!: string;

  @ApiProperty()
  readonly path!: string;

  @ApiProperty({ description: 'The address it came from.' })
  readonly remoteAddress!: string;

  @ApiProperty({
    type: Object,
    description: 'Names in lower case. Of the key all but its last four characters are hidden.',
  })
  readonly headers!: Readonly<Record<string, string>>;

  @ApiProperty({ description: 'As received, up to 65,536 characters.' })
  readonly body!: string;

  @ApiProperty({ description: 'Bytes of the whole body.' })
  readonly bodyBytes!: number;

  @ApiPropertyOptional({ description: 'HTTP status; left out when the request got no answer.' })
  readonly status?: number;

  @ApiPropertyOptional({ description: 'The answer’s body as text; left out when there was no answer.' })
  readonly answer?: string;

  @ApiPropertyOptional({ description: 'The fault that was played, if one was.' })
  readonly fault?: string;

  @ApiProperty({ type: [String], description: 'Keys of the messages taken, in the order of the request.' })
  readonly keys!: readonly string[];
}

export class RequestsAnswer {
  @ApiProperty({ description: 'Requests since the start or the last reset, kept or not.' })
  readonly total!: number;

  @ApiProperty({ type: [RequestAnswer], description: 'Newest first.' })
  readonly requests!: readonly RequestAnswer[];
}

/** All about one text: what the page shows beside the phone. */
export class MessageDetailAnswer {
  @ApiProperty({ type: MessageAnswer })
  readonly message!: MessageAnswer;

  @ApiPropertyOptional({ type: RequestAnswer, description: 'Left out once it made room for newer ones.' })
  readonly request?: RequestAnswer;

  @ApiProperty({ type: [CallbackAnswer], description: 'In the order they are due.' })
  readonly callbacks!: readonly CallbackAnswer[];
}

/** What an event of `GET /sandbox/live` carries, as JSON in its data. */
export class ChangeAnswer {
  @ApiProperty({ description: 'Texts received since the start or the last reset.' })
  readonly total!: number;

  @ApiProperty({
    type: [ConversationAnswer],
    description: 'Conversations that changed, up to 100 of them.',
  })
  readonly conversations!: readonly ConversationAnswer[];

  @ApiProperty({ description: 'More changed than is told here, or everything was reset: ask for all anew.' })
  readonly everything!: boolean;

  @ApiProperty({
    type: [String],
    description: 'What else changed.',
    enum: ['requests', 'faults', 'settings'],
  })
  readonly also!: readonly ('requests' | 'faults' | 'settings')[];
}

export class MessagesAnswer {
  @ApiProperty({ description: 'Texts received since the start or the last reset, kept or not.' })
  readonly total!: number;

  @ApiProperty({ type: [MessageAnswer], description: 'Oldest first: the newest that match.' })
  readonly messages!: readonly MessageAnswer[];
}

export class WaitAnswer {
  @ApiProperty({ description: 'False when the time was over first, or when 100 requests wait already.' })
  readonly reached!: boolean;

  @ApiProperty({ description: 'Texts received since the start or the last reset.' })
  readonly total!: number;
}

export class InboundTakenAnswer {
  @ApiProperty({ description: 'WhatsApp’s id of what the user wrote.' })
  readonly wamid!: string;
}

export class CallbackCountsAnswer {
  @ApiProperty({ description: 'Not posted yet.' })
  readonly waiting!: number;

  @ApiProperty({ description: 'Refused, and posted again when they are due.' })
  readonly retrying!: number;

  @ApiProperty({ description: 'Given up for being too many, since the start.' })
  readonly dropped!: number;
}

export class HealthAnswer {
  @ApiProperty({ enum: ['ok'] })
  readonly status!: 'ok';

  @ApiProperty({ description: 'Texts received since the start or the last reset.' })
  readonly received!: number;

  @ApiProperty({ type: CallbackCountsAnswer })
  readonly callbacks!: CallbackCountsAnswer;
}

export class SettingDescriptionAnswer {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ description: 'The variable that sets it at the start.' })
  readonly variable!: string;

  @ApiProperty()
  readonly description!: string;

  @ApiProperty({ enum: ['boolean', 'number', 'choice', 'text'] })
  readonly kind!: 'boolean' | 'number' | 'choice' | 'text';

  @ApiPropertyOptional({ description: 'What a choice can be.', type: [String] })
  readonly choices?: readonly (string | number)[];

  @ApiProperty({ description: 'Without the variable.', type: Object })
  readonly default!: string | number | boolean;
}

export class WebhookAuthAnswer {
  @ApiProperty({ enum: ['none', 'bearer', 'oauth2'] })
  readonly type!: 'none' | 'bearer' | 'oauth2';

  @ApiPropertyOptional({ description: 'Of bearer.' })
  readonly header?: string;

  @ApiPropertyOptional({ description: 'Of bearer: the token itself is never shown.' })
  readonly tokenConfigured?: boolean;

  @ApiPropertyOptional({ description: 'Of oauth2.' })
  readonly tokenUrl?: string;

  @ApiPropertyOptional({ description: 'Of oauth2.' })
  readonly clientId?: string;

  @ApiPropertyOptional({ description: 'Of oauth2: the secret itself is never shown.' })
  readonly clientSecretConfigured?: boolean;

  @ApiPropertyOptional({ description: 'Of oauth2.', type: [String] })
  readonly scopes?: readonly string[];
}

export class WebhookAnswer {
  @ApiPropertyOptional({ description: 'Left out when there is no webhook: nobody is told of anything.' })
  readonly url?: string;

  @ApiProperty({ type: WebhookAuthAnswer })
  readonly auth!: WebhookAuthAnswer;
}
