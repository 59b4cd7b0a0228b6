/** Cuts a stream into messages by RFC 6587 (and RFC 5425); anything that can't be a frame is an error. */

export type Framing = 'octet_counting' | 'lf'

interface FrameReader {
  push(chunk: Buffer): Buffer[]
  /** Bytes of a frame that hasn't ended yet. */
  rest(): number
}

export function createFrameReader(framing: Framing, maxBytes: number): FrameReader {
  let held = NOTHING
  const cut = framing === 'lf' ? cutAtLineFeed : cutByCount
  /** Returns the rest. */
  const cutAll = (bytes: Buffer, frames: Buffer[]): Buffer => {
    let at = 0
    for (let next = cut(bytes, at, maxBytes); next !== undefined; next = cut(bytes, at, maxBytes)) {
      frames.push(bytes.subarray(next.start, next.end))
      at = next.after
    }
    return bytes.subarray(at)
  }
  return {
    push(chunk) {
      const frames: Buffer[] = []
      let from = 0
      // For a frame split over two chunks, only a little of the second one is copied.
      while (held.length > 0 && from < chunk.length) {
        const more = chunk.subarray(from, from + STEP)
        const rest = cutAll(Buffer.concat([held, more]), frames)
        const isWhole = frames.length > 0
        from += more.length - (isWhole ? rest.length : 0)
        held = isWhole ? NOTHING : rest
      }
      if (from < chunk.length) held = cutAll(chunk.subarray(from), frames)
      return frames
    },
    rest: () => held.length,
  }
}

const NOTHING: Buffer = Buffer.alloc(0)
const STEP = 1 << 13

interface Cut {
  readonly start: number
  readonly end: number
  readonly after: number
}

function cutByCount(held: Buffer, at: number, maxBytes: number): Cut | undefined {
  const digits = /^[1-9]\d{0,9}/.exec(held.toString('latin1', at, at + 11))?.[0]
  if (digits === undefined) {
    if (at === held.length) return undefined
    throw new Error(`no MSG-LEN: ${JSON.stringify(held.toString('latin1', at, at + 20))}`)
  }
  const start = at + digits.length + 1
  if (start > held.length) return undefined
  if (held[start - 1] !== 0x20) throw new Error('no blank behind MSG-LEN')
  const end = start + Number(digits)
  if (Number(digits) > maxBytes) throw new Error(`a message of ${digits} bytes, over ${maxBytes}`)
  return end > held.length ? undefined : { start, end, after: end }
}

function cutAtLineFeed(held: Buffer, at: number, maxBytes: number): Cut | undefined {
  const end = held.indexOf(0x0a, at)
  if ((end === -1 ? held.length : end) - at > maxBytes) throw new Error(`a message over ${maxBytes} bytes`)
  return end === -1 ? undefined : { start: at, end, after: end + 1 }
}
