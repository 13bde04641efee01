import { hash } from 'node:crypto';

/** Lua that Redis runs as one step. Its first run sends the text, later ones only the hash. */
export class RedisScript {
  readonly lua: string;
  readonly sha: string;

  constructor(lua: string) {
    this.lua = lua;
    this.sha = hash('sha1', lua);
  }
}
