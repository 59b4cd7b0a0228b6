/** Cuts a stream into messages as RFC 6587 (and RFC 5425) say; what can't be a frame is an error. */

export type Framing = 'octet_counting' | 'lf'

export interface FrameReader {
  push(chunk: Buffer): Buffer[]
  /** Bytes of a frame that hasn't ended. */
  rest(): number
}

export function createFrameReader(framing: Framing, maxBytes: number): FrameReader {
  let held: Buffer = Buffer.alloc(0)
  const cut = framing === 'lf' ? cutAtLineFeed : cutByCount
  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const frames: Buffer[] = []
      let at = 0
      for (let next = cut(held, at, maxBytes); next !== undefined; next = cut(held, at, maxBytes)) {
        frames.push(held.subarray(next.start, next.end))
        at = next.after
      }
      held = held.subarray(at)
      return frames
    },
    rest: () => held.length,
  }
}

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
