import { isMap } from 'yaml';
import type { Pair, Scalar } from 'yaml';

export interface CommentedValue {
  /** Names with dots between. */
  readonly path: string;
  /** What stands above it, its lines put together. */
  readonly comment: string | undefined;
}

/** Of all mappings in a node of YAML, lists left out. */
export function commentedValues(node: unknown, above = ''): CommentedValue[] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair, index) => {
    const { key, value } = pair as Pair<Scalar<string>>;
    const path = above === '' ? key.value : `${above}.${key.value}`;
    // What stands above the first of a mapping is kept with the mapping.
    const comment = key.commentBefore ?? (index === 0 ? node.commentBefore : undefined);
    const lines = comment?.split('\n').map((line) => line.trim());
    return [{ path, comment: lines?.join(' ') }, ...commentedValues(value, path)];
  });
}
