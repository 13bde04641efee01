import type { JSX } from 'preact';
import type { SandboxRequest } from '../api/answers.ts';
import { exactTime } from '../clock/times.ts';
import { RawText } from './raw-text.tsx';

/** A request to the endpoint as it came, and its answer. */
export function RequestView({ request }: { readonly request: SandboxRequest }): JSX.Element {
  const { method, path, remoteAddress, time, headers, body, bodyBytes, status, answer, fault } = request;
  const headerLines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <div class="request-view">
      <p class="request-line">
        <code>
          {method} {path}
        </code>{' '}
        from {remoteAddress} at {exactTime(time)}
      </p>
      {fault !== undefined && <p class="fault-played">The fault {fault} was played.</p>}
      <RawText title="Request headers" text={headerLines.join('\n')} />
      <RawText title="Request body" text={body} />
      {body.length < bodyBytes && body.length >= 65_536 && (
        <p class="quiet">The first 65,536 characters of {bodyBytes} bytes.</p>
      )}
      {answer === undefined ? (
        <p class="quiet">There was no answer.</p>
      ) : (
        <RawText title={status === undefined ? 'Answer' : `Answer ${status}`} text={answer} />
      )}
    </div>
  );
}
