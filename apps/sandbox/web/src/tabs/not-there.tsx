import type { JSX } from 'preact';

/** In place of what this sandbox has no route for. */
export function NotThere({ what }: { readonly what: string }): JSX.Element {
  return (
    <p class="quiet">
      This sandbox has no {what}: the route that gives them answers 404. Update the sandbox to see them here.
    </p>
  );
}
