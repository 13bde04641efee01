import type { OutboundMessage } from '@parley/sender';

/** What is wrong with a message that a way in takes for valid, by name. */
export function faultsOfMessage(message: OutboundMessage): readonly string[] {
  const { messageId, account, phoneNumber, text, expireTimeMs, ambiguousSends, metadata } = message;
  const entries = Object.entries(metadata);
  const faults = {
    'an id that is none': !/^[A-Za-z0-9._:-]{1,128}$/.test(messageId),
    'an account that is none': typeof account !== 'string',
    'a number that is none': !/^\+[1-9]\d{6,14}$/.test(phoneNumber),
    'a body that is none': !(text.body.length > 0 && text.body.length <= 4096 && text.body.isWellFormed()),
    'a preview that is neither on nor off': typeof text.previewUrl !== 'boolean',
    'a time that is none': Number.isNaN(expireTimeMs),
    'a policy that is none': !['resend', 'report'].includes(ambiguousSends),
    'metadata without bounds': entries.length > 16 || entries.some(([, entry]) => typeof entry !== 'string'),
  };
  return Object.entries(faults).flatMap(([name, is]) => (is ? [name] : []));
}
