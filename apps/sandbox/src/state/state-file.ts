/** Things of one kind that survive a restart, in the order in which each was first put. */
export interface Collection<T> {
  /** What an earlier process left. */
  load(): readonly T[];
  put(id: string, value: T): void;
  delete(id: string): void;
  clear(): void;
}
