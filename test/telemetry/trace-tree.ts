import type { CollectedSpan } from './otlp-collector.ts';

/** Everything that hangs together with a span: by parents, children and links, in any trace. */
export function connectedTo(start: CollectedSpan, spans: readonly CollectedSpan[]): CollectedSpan[] {
  const reached = new Set([start]);
  for (const span of reached) {
    for (const other of spans) if (areNeighbours(span, other)) reached.add(other);
  }
  return [...reached];
}

/** Spans as people read them: each under its parent, with its beginning since that of the trace,
 * its duration, attributes, and links by name. */
export function treeOf(spans: readonly CollectedSpan[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const isRoot = ({ parentSpanId }: CollectedSpan): boolean =>
    parentSpanId === undefined || !ids.has(parentSpanId);
  const inOrder = [...spans].sort((a, b) => Number(a.startNs - b.startNs));
  return inOrder
    .filter(isRoot)
    .map((root) => [`trace ${root.traceId}`, ...branch(root, { root, spans: inOrder }, '')].join('\n'))
    .join('\n\n');
}

function branch(
  span: CollectedSpan,
  tree: { readonly root: CollectedSpan; readonly spans: readonly CollectedSpan[] },
  indent: string,
): string[] {
  const { root, spans } = tree;
  const millisecondsTo = (ns: bigint, from: CollectedSpan): string =>
    (Number(ns - from.startNs) / 1e6).toFixed(1);
  const links = span.links.map(
    ({ spanId }) => spans.find((other) => other.spanId === spanId)?.name ?? spanId,
  );
  const facts = Object.entries(span.attributes)
    .filter(([name]) => name.startsWith('parley.'))
    .map(([name, value]) => `${name.replace('parley.', '')}=${String(value)}`);
  const line = [
    `${indent}└─ ${span.name} (${span.kind}) +${millisecondsTo(span.startNs, root)} ms, ${millisecondsTo(span.endNs, span)} ms`,
    ...(facts.length > 0 ? [facts.join(' ')] : []),
    ...(links.length > 0 ? [`linked to ${links.join(', ')}`] : []),
    ...(span.isError ? ['ERROR'] : []),
  ].join('  ');
  const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  return [line, ...children.flatMap((child) => branch(child, tree, `${indent}   `))];
}

function areNeighbours(a: CollectedSpan, b: CollectedSpan): boolean {
  return a.parentSpanId === b.spanId || b.parentSpanId === a.spanId || isLinked(a, b) || isLinked(b, a);
}

function isLinked({ links }: CollectedSpan, { traceId, spanId }: CollectedSpan): boolean {
  return links.some((link) => link.traceId === traceId && link.spanId === spanId);
}
