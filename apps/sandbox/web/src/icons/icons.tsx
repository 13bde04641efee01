import type { ComponentChildren, JSX } from 'preact';

/** Drawn for this page, in the colour of the text around. What they mean is said in words by what holds them. */
function icon(children: ComponentChildren, viewBox = '0 0 24 24'): () => JSX.Element {
  return function Icon() {
    return (
      <svg class="icon" viewBox={viewBox} aria-hidden="true" focusable="false">
        {children}
      </svg>
    );
  };
}

export const CrossIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const BackIcon = icon(<path d="M15 5l-7 7 7 7" />);
export const SendIcon = icon(<path d="M4 12h15M13 6l6 6-6 6" />);
export const SearchIcon = icon(<path d="M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20" />);
export const CopyIcon = icon(<path d="M9 9h11v11H9zM5 15H4V4h11v1" />);
export const CheckIcon = icon(<path d="M5 13l4 4L19 7" />);
export const DownIcon = icon(<path d="M12 5v14M6 13l6 6 6-6" />);
export const ToolsIcon = icon(<path d="M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M6 14v6" />);
export const SunIcon = icon(
  <path d="M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5" />,
);
export const MoonIcon = icon(<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />);
export const SystemIcon = icon(<path d="M3 5h18v11H3zM9 20h6M12 16v4" />);

export const ClockTick = icon(<path d="M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3zM9 6v3l2 1.5" />, '0 0 18 18');
export const OneTick = icon(<path d="M3.5 9.5l3.5 3.5 7-8" />, '0 0 18 18');
export const TwoTicks = icon(<path d="M1 9.5L4.5 13l7-8M9 12.2l.8.8 7-8" />, '0 0 18 18');
export const FailedTick = icon(
  <path d="M9 2.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM9 5.5v4.2M9 12.2v.3" />,
  '0 0 18 18',
);
