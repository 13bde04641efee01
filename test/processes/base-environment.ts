/**
 * What every process of ours sees in a test, beside its settings: where programs are, and where Node keeps what it compiled, since
 * hundreds of them compile the same.
 */
export function baseEnvironment(): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) };
}
