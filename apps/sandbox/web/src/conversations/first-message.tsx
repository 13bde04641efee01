import type { JSX } from 'preact';
import { CopyButton } from '../copying/copy-button.tsx';
import { usePage } from '../page.ts';

const NUMBER = '+14155550100';

/** What to do when nothing has been received yet. */
export function FirstMessage(): JSX.Element {
  const { settings } = usePage();
  const body = `{"messages":[{"phoneNumber":"${NUMBER}","message":{"type":"text","text":{"body":"*Hello* from the sandbox"}}}]}`;
  const command = [
    `curl ${location.origin}/v1/conversational/send`,
    `-H "X-INS-AUTH-KEY: $SANDBOX_AUTH_KEY"`,
    `-H 'Content-Type: application/json'`,
    `-d '${body}'`,
  ].join(' ');
  return (
    <div class="first-message">
      <h3>No messages yet</h3>
      <p>Send the first one; SANDBOX_AUTH_KEY is the key this sandbox was started with:</p>
      <pre class="code" tabIndex={0} aria-label="Command that sends the first message">
        {command}
      </pre>
      <CopyButton text={command} what="command" />
      {settings.enforcesWindow !== false && (
        <p class="quiet">
          Texts reach only users who wrote in the last 24 hours, as with the provider. To open that window,
          start a new conversation above and write as the user.
        </p>
      )}
    </div>
  );
}
