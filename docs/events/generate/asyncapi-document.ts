import { EVENT_TYPES, TOPICS } from '@parley/contracts';
import type { EventRole, TopicRole } from '@parley/contracts';
import { EVENT_SCHEMAS, HEADER_SCHEMAS, KEY_SCHEMAS } from '@parley/contracts/event-schemas';
import { CHANNELS } from './channels.ts';
import { EXAMPLES } from './examples.ts';

/** Of the events, not of a release: minor when something is added. What breaks a reader gets topics of its own, `.v2`. */
const VERSION = '1.0.0';

const DESCRIPTION = [
  'WhatsApp texts in; results, statuses and messages of users out.',
  'An event may come again, with the same `ce_id`: readers drop what they have seen. Within a topic, one recipient’s records are in the order they were told. Readers ignore fields and headers they do not know.',
  'Addresses are the default names of the topics; a gateway may be configured to use others.',
].join('\n\n');

/** Of AsyncAPI's bindings for Kafka. */
const BINDING_VERSION = '0.5.0';

/**
 * The topics as an AsyncAPI document, from the gateway's side: it receives what others send, and sends the rest. 3.0.0,
 * because 3.1.0 adds nothing for Kafka and fewer tools read it.
 */
export function asyncApiDocument(): object {
  const roles = Object.keys(TOPICS) as TopicRole[];
  const ofEach = (describe: (role: TopicRole) => object): object =>
    Object.fromEntries(roles.map((role) => [role, describe(role)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley events',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: ofEach(channel),
    operations: Object.fromEntries(roles.map((role) => [CHANNELS[role].operation.name, operation(role)])),
    components: {
      messages: ofEach(message),
      schemas: {
        ...Object.fromEntries(roles.map((role) => [`${role}Headers`, HEADER_SCHEMAS[role]])),
        ...Object.fromEntries(roles.filter(isEvent).map((role) => [`${role}Event`, EVENT_SCHEMAS[role]])),
      },
    },
  };
}

function channel(role: TopicRole): object {
  const { title, description } = CHANNELS[role];
  return {
    address: TOPICS[role],
    title,
    description,
    messages: { [role]: { $ref: `#/components/messages/${role}` } },
    bindings: { kafka: { topic: TOPICS[role], bindingVersion: BINDING_VERSION } },
  };
}

function operation(role: TopicRole): object {
  const { action, summary } = CHANNELS[role].operation;
  return { action, summary, channel: { $ref: `#/channels/${role}` } };
}

function message(role: TopicRole): object {
  return {
    name: isEvent(role) ? EVENT_TYPES[role] : role,
    title: CHANNELS[role].title,
    contentType: isEvent(role) ? 'application/json' : 'application/octet-stream',
    headers: { $ref: `#/components/schemas/${role}Headers` },
    payload: isEvent(role) ? { $ref: `#/components/schemas/${role}Event` } : BYTES,
    bindings: { kafka: { key: KEY_SCHEMAS[role], bindingVersion: BINDING_VERSION } },
    examples: EXAMPLES[role],
  };
}

const BYTES = {
  description: 'As it came, byte for byte. None when it was none, or when it is too large for this topic.',
  type: ['string', 'null'],
  format: 'binary',
};

function isEvent(role: TopicRole): role is EventRole {
  return role in EVENT_TYPES;
}
