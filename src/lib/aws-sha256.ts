/** SHA-256 and its HMAC. */
import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from 'node:crypto'

type SourceData = string | ArrayBuffer | ArrayBufferView

/** In the shape that the signer of the AWS SDK wants. */
export class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', keyOf(secret))
  }

  update(data: SourceData): void {
    this.#hash.update(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    throw new Error('each hash is made once')
  }
}

/** Of bytes Node first asks whether they are a key already, by an exception: three times as dear. */
function keyOf(secret: SourceData): string | KeyObject {
  return typeof secret === 'string' ? secret : createSecretKey(bytesOf(secret))
}

function bytesOf(data: SourceData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
