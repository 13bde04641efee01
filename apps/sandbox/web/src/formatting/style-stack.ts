import { STYLE_MARKERS } from './formatted.ts';
import type { Inline, Style } from './formatted.ts';

interface OpenStyle {
  /** Of the outermost, which stands for no style, undefined. */
  readonly style: Style | undefined;
  readonly children: Inline[];
}

/** Styles that are open while a line is read from left to right. Each is open once at most. */
export class StyleStack {
  readonly #open: OpenStyle[] = [];
  #top: OpenStyle = { style: undefined, children: [] };

  isOpen(style: Style): boolean {
    return this.#top.style === style || this.#open.some((each) => each.style === style);
  }

  open(style: Style): void {
    this.#open.push(this.#top);
    this.#top = { style, children: [] };
  }

  /** Closes it, and makes text of what was opened within it and not closed. False when there is nothing to close. */
  close(style: Style): boolean {
    if (!this.isOpen(style)) return false;
    while (this.#top.style !== style) this.#makeText();
    const { children } = this.#top;
    if (children.length === 0) return false;
    this.#top = this.#open.pop() ?? { style: undefined, children: [] };
    this.add({ kind: style, children });
    return true;
  }

  add(inline: Inline): void {
    this.#top.children.push(inline);
  }

  addText(text: string): void {
    const last = this.#top.children.at(-1);
    if (last?.kind === 'text')
      this.#top.children[this.#top.children.length - 1] = { kind: 'text', text: last.text + text };
    else this.add({ kind: 'text', text });
  }

  finish(): readonly Inline[] {
    while (this.#open.length > 0) this.#makeText();
    return this.#top.children;
  }

  #makeText(): void {
    const { style, children } = this.#top;
    this.#top = this.#open.pop() ?? { style: undefined, children: [] };
    if (style === undefined) return;
    this.addText(STYLE_MARKERS[style]);
    for (const child of children) {
      if (child.kind === 'text') this.addText(child.text);
      else this.add(child);
    }
  }
}
