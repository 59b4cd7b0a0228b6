/** SHA-256 and its HMAC, in the shape that the signer of the AWS SDK wants. */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

type SourceData = string | ArrayBuffer | ArrayBufferView

/** One running sum. */
interface Sum {
  update(data: SourceData): void
  digest(): Promise<Uint8Array>
  reset(): void
}

/** For one signer, which asks for some of the same sums with each request. */
export function createSha256(): new (secret?: SourceData) => Sum {
  /** The signer keeps the day's key, and always passes the same bytes object. */
  const keys = new WeakMap<object, KeyObject>()
  /** The last sum over the key's id, by which the signer looks its key up. */
  let named: { readonly secret: string; readonly data: Buffer; readonly sum: Uint8Array } | undefined

  /** Made once: given bytes, Node first tries whether they are a key, which throws internally and costs three times as much. */
  const keyOf = (secret: ArrayBuffer | ArrayBufferView) => {
    const key = keys.get(secret) ?? createSecretKey(bytesOf(secret))
    keys.set(secret, key)
    return key
  }
  const sumByText = (secret: string, data: Uint8Array) => {
    if (named?.secret !== secret || !named.data.equals(data)) {
      named = { secret, data: Buffer.from(data), sum: hmac(secret, data) }
    }
    return named.sum
  }

  return class {
    readonly #secret: SourceData | undefined
    readonly #pieces: Uint8Array[] = []

    constructor(secret?: SourceData) {
      this.#secret = secret
    }

    update(data: SourceData): void {
      this.#pieces.push(bytesOf(data))
    }

    async digest(): Promise<Uint8Array> {
      const [first = NOTHING, ...more] = this.#pieces
      const data = more.length === 0 ? first : Buffer.concat(this.#pieces)
      if (this.#secret === undefined) return hash('sha256', data, 'buffer')
      return typeof this.#secret === 'string'
        ? sumByText(this.#secret, data)
        : hmac(keyOf(this.#secret), data)
    }

    reset(): void {
      throw new Error('each hash is made once')
    }
  }
}

const NOTHING = new Uint8Array(0)

function hmac(key: string | KeyObject, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

function bytesOf(data: SourceData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
