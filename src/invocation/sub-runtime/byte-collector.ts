/** Collects bytes into one buffer that grows; what is added may be overwritten afterwards. */
export class ByteCollector {
  private bytes: Buffer;
  private used = 0;

  /** @param expected Bytes that will come, where that is known. */
  constructor(expected = 0) {
    this.bytes = Buffer.allocUnsafe(expected);
  }

  get length(): number {
    return this.used;
  }

  add(chunk: Buffer): void {
    const needed = this.used + chunk.length;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    chunk.copy(this.bytes, this.used);
    this.used = needed;
  }

  /** All that was added. Nothing may be added afterwards. */
  collected(): Buffer {
    return this.used === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.used);
  }
}
