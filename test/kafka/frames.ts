/** Cuts a stream of Kafka's protocol into its frames: four bytes of length, and so many bytes. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete with this chunk, each with its length in front. */
  cut(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

export function isProduceRequest(frame: Buffer): boolean {
  return frame.readInt16BE(LENGTH_BYTES) === PRODUCE;
}

export function correlationOfRequest(frame: Buffer): number {
  return frame.readInt32BE(LENGTH_BYTES + 4);
}

export function correlationOfAnswer(frame: Buffer): number {
  return frame.readInt32BE(LENGTH_BYTES);
}

const LENGTH_BYTES = 4;
const PRODUCE = 0;
