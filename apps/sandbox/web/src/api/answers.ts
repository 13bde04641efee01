import type * as answers from '../../../src/control/answers.ts';
import type { FaultName, FaultRule as Rule } from '../../../src/faults/fault-rule.ts';
import type { Wire } from './wire.ts';

export type Conversation = Wire<answers.ConversationAnswer>;
export type Conversations = Wire<answers.ConversationsAnswer>;
export type ConversationPage = Wire<answers.ConversationPageAnswer>;
export type Entry = Wire<answers.EntryAnswer>;
export type Status = Wire<answers.StatusAnswer>;
export type MessageDetail = Wire<answers.MessageDetailAnswer>;
export type Callback = Wire<answers.CallbackAnswer>;
export type Attempt = Wire<answers.AttemptAnswer>;
export type Callbacks = Wire<answers.CallbacksAnswer>;
export type SandboxRequest = Wire<answers.RequestAnswer>;
export type SandboxRequests = Wire<answers.RequestsAnswer>;
export type Change = Wire<answers.ChangeAnswer>;
export type FaultRule = Wire<Rule>;

export type SettingValue = string | number | boolean;
export type Settings = Readonly<Record<string, SettingValue>>;
export type SettingDescription = Wire<answers.SettingDescriptionAnswer> & {
  readonly minimum?: number;
  readonly maximum?: number;
};

/** A fault that can be switched on. */
export interface FaultDescription {
  readonly fault: FaultName;
  /** Whether it happens to a request, or to a text that was taken and what is told of it. */
  readonly kind: 'endpoint' | 'message';
  readonly title: string;
  readonly description: string;
  readonly magicRecipient?: string;
  readonly magicText: string;
}

export interface Faults {
  readonly rules: readonly FaultRule[];
  readonly catalogue: readonly FaultDescription[];
}

export type NewFaultRule = Partial<Omit<FaultRule, 'id' | 'fault' | 'timesLeft'>> & {
  readonly fault: FaultName;
  readonly times?: number;
};

/** Where callbacks go. Secrets are told of as configured or not, and never come back. */
export interface Webhook {
  readonly url?: string;
  readonly auth?: WebhookAuth;
}

interface WebhookAuth {
  readonly type: 'none' | 'bearer' | 'oauth2';
  readonly header?: string;
  readonly tokenConfigured?: boolean;
  readonly tokenUrl?: string;
  readonly clientId?: string;
  readonly clientSecretConfigured?: boolean;
  readonly scopes?: readonly string[];
}

export interface NewWebhook {
  readonly url: string;
  readonly auth?:
    | { readonly type: 'bearer'; readonly token: string; readonly header?: string }
    | {
        readonly type: 'oauth2';
        readonly tokenUrl: string;
        readonly clientId: string;
        readonly clientSecret: string;
        readonly scopes?: readonly string[];
      };
}

export type Preview =
  | {
      readonly kind: 'card';
      readonly url: string;
      readonly host: string;
      readonly title: string;
      readonly description?: string;
      readonly image?: string;
    }
  | { readonly kind: 'none'; readonly reason: string; readonly advice: string };
