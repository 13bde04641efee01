import { hash, timingSafeEqual } from 'node:crypto';

export interface CallbackTokensOptions {
  /** In lower case. */
  readonly headerName: string;
  /** Undefined accepts everything: for development, refused in production. */
  readonly accepted: readonly string[] | undefined;
}

/** The tokens that the callbacks of one account present. Keeps their digests, not the tokens. */
export class CallbackTokens {
  readonly #headerName: string;
  readonly #accepted: readonly Buffer[] | undefined;

  constructor({ headerName, accepted }: CallbackTokensOptions) {
    this.#headerName = headerName;
    this.#accepted = accepted?.map(digest);
  }

  /**
   * Whether a request presents one of the tokens: `Bearer <token>` in the authorization header, the bare token in any
   * other. Compares digests of all tokens in constant time, so that the time taken tells nothing about them.
   *
   * A header that comes twice is refused. Node's parsed headers keep the first `authorization` and drop the rest, so
   * that a proxy in front could have checked another one than this.
   *
   * @param request its raw headers: names and values in turn, as Node gives them
   */
  presentedBy(request: { readonly rawHeaders: readonly string[] }): boolean {
    if (this.#accepted === undefined) return true;
    const [value = '', ...more] = valuesOf(this.#headerName, request.rawHeaders);
    const bearer = this.#headerName === 'authorization';
    const token = bearer ? (/^bearer +(.+)$/i.exec(value)?.[1] ?? '') : value;
    const given = digest(token);
    let matches = false;
    for (const each of this.#accepted) matches = timingSafeEqual(given, each) || matches;
    return matches && token !== '' && more.length === 0;
  }
}

function valuesOf(name: string, rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
