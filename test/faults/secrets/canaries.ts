import { createHash } from 'node:crypto';

/** What must reach nobody but those it is meant for. Long, so that no part of a line is one of them by chance. */
export const CANARIES = {
  authKey: 'INS.canary-auth-key-8831',
  callerToken: 'canary-caller-token-8832',
  callbackToken: 'canary-callback-token-8833',
  redisPassword: 'canary-redis-password-8834',
  kafkaPassword: 'canary-kafka-password-8835',
  body: 'canary body 8836',
  metadata: 'canary-metadata-8837',
  phoneNumber: '+4915112348838',
} as const;

/** As files of a gateway hold them. */
export const CALLERS = JSON.stringify({
  callers: [
    {
      name: 'shop',
      tokenSha256: createHash('sha256').update(CANARIES.callerToken).digest('hex'),
      accounts: ['*'],
    },
  ],
});

/** The ways in which each may appear, escaped for what carries it. */
const FORMS: readonly (readonly [name: string, form: string])[] = Object.entries(CANARIES).flatMap(
  ([name, canary]) =>
    [
      ...new Set([
        canary,
        canary.replace('+', ''),
        encodeURIComponent(canary),
        Buffer.from(canary).toString('base64').replace(/=+$/, ''),
      ]),
    ].map((form) => [name, form] as const),
);

/** Lines of a text that hold any of them, by the name of what they hold. */
export function leaksIn(text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line) =>
      FORMS.filter(([, form]) => line.includes(form)).map(([name]) => `${name}: ${line.slice(0, 500)}`),
    );
}
