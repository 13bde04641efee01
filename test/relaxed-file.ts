/** Variable that names a file: one line for each test whose bound was relaxed, from any of Jest's processes. */
export const RELAXED_FILE = 'PARLEY_RELAXED_FILE';
