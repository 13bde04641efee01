import type { JSX } from 'preact';
import type { Status } from '../api/answers.ts';
import { ClockTick, FailedTick, OneTick, TwoTicks } from '../icons/icons.tsx';
import './ticks.css';

const MEANINGS = {
  waiting: { Icon: ClockTick, text: 'on its way' },
  accepted: { Icon: ClockTick, text: 'accepted' },
  sent: { Icon: OneTick, text: 'sent' },
  delivered: { Icon: TwoTicks, text: 'delivered' },
  read: { Icon: TwoTicks, text: 'read' },
  failed: { Icon: FailedTick, text: 'failed' },
} as const;

/** How far a text came: a clock, one tick, two, two blue ones, or a red mark with Meta's code. */
export function Ticks({
  status,
  code,
}: {
  readonly status: Status['status'] | undefined;
  readonly code?: number | undefined;
}): JSX.Element {
  const name = status ?? 'waiting';
  const { Icon, text } = MEANINGS[name];
  return (
    <span class={`ticks ${name}`}>
      <Icon />
      {code !== undefined && <span aria-hidden="true">{code}</span>}
      <span class="visually-hidden">{code === undefined ? text : `${text} with code ${code}`}</span>
    </span>
  );
}
