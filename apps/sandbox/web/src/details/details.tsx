import type { JSX } from 'preact';
import type { Entry, MessageDetail, Status } from '../api/answers.ts';
import { exactTime } from '../clock/times.ts';
import { CopyButton } from '../copying/copy-button.tsx';
import { firstLink } from '../formatting/formatted.ts';
import { parseFormatting } from '../formatting/parse-formatting.ts';
import { usePage } from '../page.ts';
import { failureAdvice } from '../phone/failure-advice.ts';
import { Ticks } from '../phone/ticks.tsx';
import { CallbackTimeline } from './callback-timeline.tsx';
import './details.css';
import { RawText } from './raw-text.tsx';
import { RequestView } from './request-view.tsx';

/** All about the selected text: what was asked, what was answered, and what the webhook was told. */
export function Details(): JSX.Element {
  const { details } = usePage();
  const selected = details.selected.value;
  const detail = details.detail.value;
  if (selected === undefined) {
    return <p class="quiet">Select a message on the phone to see its request, answer and callbacks.</p>;
  }
  if (selected.outbound === undefined) return <InboundDetails entry={selected} />;
  if (detail) return <OutboundDetails detail={detail} />;
  const texts = {
    loading: 'Loading…',
    loaded: 'Loading…',
    gone: 'This message is not kept any more: the sandbox was reset, or newer ones took its place.',
    failed: 'The details could not be loaded. Select the message again to try once more.',
  };
  return <p class="quiet">{texts[details.state.value]}</p>;
}

function OutboundDetails({
  detail: { message, request, callbacks },
}: {
  readonly detail: MessageDetail;
}): JSX.Element {
  return (
    <>
      <Id name="Key" value={message.key} />
      <Id name="WhatsApp id" value={message.wamid} />
      <h3>Status</h3>
      <StatusHistory receivedTime={message.receivedTime} statuses={message.statuses} />
      <PreviewOutcome previewUrl={message.previewUrl} body={message.body} />
      <h3>Callbacks</h3>
      <CallbackTimeline callbacks={callbacks} />
      <h3>Raw request and answer</h3>
      {request ? (
        <RequestView request={request} />
      ) : (
        <p class="quiet">The request is not kept any more: newer ones took its place.</p>
      )}
      <h3>Text as received</h3>
      <RawText title="Text" text={JSON.stringify(message.body)} />
    </>
  );
}

function InboundDetails({ entry: { inbound } }: { readonly entry: Entry }): JSX.Element {
  if (inbound === undefined) return <p class="quiet">Nothing is known of this message.</p>;
  return (
    <>
      <Id name="WhatsApp id" value={inbound.wamid} />
      <p>
        The user wrote this at {exactTime(inbound.time)}. It opened the 24 h window, and the webhook is told
        of it.
      </p>
      <RawText title="Text" text={JSON.stringify(inbound.text)} />
    </>
  );
}

function Id({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <p class="id">
      <span class="quiet">{name}</span> <code>{value}</code> <CopyButton text={value} what={name} isBrief />
    </p>
  );
}

function StatusHistory({
  receivedTime,
  statuses,
}: {
  readonly receivedTime: string;
  readonly statuses: readonly Status[];
}): JSX.Element {
  return (
    <ol class="statuses">
      <li>
        <span>received</span> <time dateTime={receivedTime}>{exactTime(receivedTime)}</time>
      </li>
      {statuses.map(({ status, time, code }) => (
        <li>
          <span>
            <Ticks status={status} code={code} /> <span aria-hidden="true">{status}</span>
          </span>{' '}
          <time dateTime={time}>{exactTime(time)}</time>
          {status === 'failed' && <p class="bad">{failureAdvice(code)}</p>}
        </li>
      ))}
    </ol>
  );
}

/** Why there is no card, when one was asked for. */
function PreviewOutcome({
  previewUrl,
  body,
}: {
  readonly previewUrl: boolean;
  readonly body: string;
}): JSX.Element | null {
  if (!previewUrl) return null;
  const link = firstLink(parseFormatting(body));
  return (
    <>
      <h3>Preview</h3>
      {link === undefined ? (
        <p class="quiet">preview_url is true, and the text holds no http or https link.</p>
      ) : (
        <PreviewReason url={link} />
      )}
    </>
  );
}

function PreviewReason({ url }: { readonly url: string }): JSX.Element {
  const preview = usePage().previews.of(url).value;
  if (preview.kind === 'loading') return <p class="quiet">The preview of {url} is loading.</p>;
  if (preview.kind === 'card') return <p class="quiet">Made from {preview.url}</p>;
  return (
    <p>
      No card: {preview.reason}. <span class="quiet">{preview.advice}</span>
    </p>
  );
}
