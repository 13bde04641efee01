const KEY = 'whatsapp-660e8400-e29b-41d4-a716-446655440001';
const METADATA = { display_phone_number: '15550009999', phone_number_id: '106540352242922' };
const ERROR = {
  code: 131047,
  title: 'Re-engagement message',
  message: 'Re-engagement message',
  error_data: { details: 'More than 24 hours have passed since the recipient last replied.' },
  href: '/documentation/business-messaging/whatsapp/support/error-codes',
};

/** One body of every shape that the provider sends or may send, by name: material to test readers with. */
export const CALLBACK_BODIES: Readonly<Record<string, object>> = {
  accepted: {
    messaging_product: 'whatsapp',
    contacts: [{ input: '+15550001234', wa_id: '15550001234' }],
    messages: [{ id: 'wamid.ACCEPTED' }],
    key: KEY,
  },
  error: {
    error: {
      ...ERROR,
      message: '(#131047) Re-engagement message',
      type: 'OAuthException',
      fbtrace_id: 'Az8',
    },
    key: KEY,
  },
  sent: {
    ...envelope({
      statuses: [
        {
          ...status('sent'),
          conversation: {
            id: '72b1',
            expiration_timestamp: '1750116480',
            origin: { type: 'service' },
          },
          pricing: {
            billable: false,
            pricing_model: 'PMP',
            type: 'free_customer_service',
            category: 'service',
          },
        },
      ],
    }),
    key: KEY,
  },
  delivered: { ...value({ statuses: [status('delivered')] }), key: KEY },
  read: { statuses: [status('read')], Key: KEY },
  failed: envelope({ statuses: [{ ...status('failed'), errors: [ERROR] }], key: KEY }),
  'one bare status': { ...status('DELIVERED'), key: KEY },
  'a change alone': { field: 'messages', value: value({ statuses: [{ ...status('sent'), key: KEY }] }) },
  'several statuses': envelope({ statuses: [status('sent'), status('delivered', 'wamid.OTHER')] }),
  'several changes': envelope(
    { statuses: [status('read')] },
    { messages: [written('text', { body: 'hi' })] },
  ),
  'several entries': {
    object: 'whatsapp_business_account',
    entry: ['sent', 'read'].map((name) => ({
      id: name,
      changes: [{ field: 'messages', value: value({ statuses: [status(name)] }) }],
    })),
    key: KEY,
  },
  'several bodies': [{ statuses: [status('sent')], key: KEY }, envelope({ statuses: [status('read')] })],
  text: envelope({ messages: [written('text', { body: 'Does it come in another color?' })] }),
  'text without envelope': value({ messages: [written('text', { body: 'hi' })] }),
  'text alone': { message: written('text', { body: 'hi' }), contacts: [{ wa_id: '15550001234' }] },
  'button reply': envelope({
    messages: [
      {
        ...written('interactive', { type: 'button_reply', button_reply: { id: 'cancel', title: 'Cancel' } }),
        context: { from: '15550009999', id: 'wamid.TAPPED' },
      },
    ],
  }),
  'list reply': envelope({
    messages: [
      written('interactive', {
        type: 'list_reply',
        list_reply: { id: 'express', title: 'Express', description: 'Next day' },
      }),
    ],
  }),
  image: envelope({ messages: [written('image', { id: '1', mime_type: 'image/jpeg', caption: 'Look' })] }),
  reaction: envelope({ messages: [written('reaction', { message_id: 'wamid.TAPPED', emoji: '👍' })] }),
  unsupported: envelope({ messages: [{ ...written('unsupported', {}), errors: [ERROR] }] }),
  'user without a number': envelope({
    contacts: [{ profile: { name: 'Test' }, user_id: 'US.13491208655302741918' }],
    messages: [
      { id: 'wamid.IN', from_user_id: 'US.13491208655302741918', type: 'text', text: { body: 'hi' } },
    ],
  }),
  system: envelope({
    messages: [written('system', { body: 'User changed number', type: 'user_changed_number' })],
  }),
  'template echo': {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    template: { name: 'TEMPLATE_NAME', language: { code: 'en', policy: 'deterministic' }, content: 'Hi' },
    timestamp: '1750030073',
  },
  'account error': envelope({ errors: [ERROR] }),
  'account news': {
    entry: [{ changes: [{ field: 'account_update', value: { event: 'VERIFIED_ACCOUNT' } }] }],
  },
};

function status(name: string, id = 'wamid.SENT'): object {
  return { id, status: name, timestamp: '1750030073', recipient_id: '15550001234' };
}

function written(type: string, content: object): object {
  return { from: '15550001234', id: 'wamid.IN', timestamp: '1749416383', type, [type]: content };
}

function value(news: object): object {
  return {
    messaging_product: 'whatsapp',
    metadata: METADATA,
    contacts: [{ profile: { name: 'Test User' }, wa_id: '15550001234' }],
    ...news,
  };
}

function envelope(...news: readonly object[]): object {
  const changes = news.map((each) => ({ field: 'messages', value: value(each) }));
  return { object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] };
}
