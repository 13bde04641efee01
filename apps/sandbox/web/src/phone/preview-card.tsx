import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { usePage } from '../page.ts';
import './preview-card.css';

/** Foreign pages are never asked by this page: an image comes with the answer, or from the sandbox itself. */
const IMAGE = /^(?:data:image\/|\/(?!\/))/;

/** What the phone shows of a link: nothing beside the link itself when there is no preview to be had. */
export function PreviewCard({ url }: { readonly url: string }): JSX.Element | null {
  const preview = usePage().previews.of(url).value;
  const isImageMissing = useSignal(false);
  if (preview.kind === 'none') return null;
  if (preview.kind === 'loading') {
    return (
      <div class="preview loading">
        <span class="visually-hidden">The preview of {url} is loading</span>
      </div>
    );
  }
  const { title, description, host, image } = preview;
  return (
    <a class="preview" href={url} target="_blank" rel="noopener noreferrer nofollow">
      {image !== undefined && IMAGE.test(image) && !isImageMissing.value && (
        <img class="preview-image" src={image} alt="" onError={() => (isImageMissing.value = true)} />
      )}
      <span class="preview-words">
        <strong class="preview-title" dir="auto">
          {title}
        </strong>
        {description !== undefined && (
          <span class="preview-description" dir="auto">
            {description}
          </span>
        )}
        <span class="preview-host">{host}</span>
      </span>
    </a>
  );
}
