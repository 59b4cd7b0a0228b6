/** One connection that writes one batch at a time, and notices when it breaks. */
import type { Opened } from './socket.ts'

export interface Link {
  /** Resolves when the kernel has taken everything; rejects when the link breaks or accepts nothing for too long. */
  send(bytes: Buffer): Promise<void>
  /** Resolves when the link has stayed open for this long; rejects with what broke it. */
  stayOpen(ms: number): Promise<void>
  /** How it ended, once it has. */
  end(): LinkEnd | undefined
  /** Resolves with how it ended, when nothing more can be learned about it. */
  readonly parted: Promise<LinkEnd>
  /** Sends close_notify and FIN, and waits a moment for the receiver's. */
  close(): Promise<void>
}

export interface LinkEnd {
  readonly error: Error
  /** Closed by the receiver while nothing was being written. */
  readonly orderly: boolean
}

/**
 * A receiver that closes with unread bytes in its kernel resets the connection; if it has sent its FIN before, the reset
 * follows at once.
 */
const RESET_MS = 250
/** Progress is checked after each piece of this size: a slow receiver is not a dead one. */
const PIECE_BYTES = 1 << 16
const CLOSE_MS = 2_000

/** `timeoutMs`: how long a piece may take. */
export function createLink({ socket, wire }: Opened, timeoutMs: number): Link {
  const waiting = new Set<(error: Error) => void>()
  const parted = Promise.withResolvers<LinkEnd>()
  let isWriting = false
  let isOver = false
  let ended: LinkEnd | undefined

  const part = (end: LinkEnd) => {
    ended = end
    for (const fail of [...waiting]) fail(end.error)
    return end
  }
  const end = (error: Error, orderly = false) => {
    if (isOver) return
    isOver = true
    parted.resolve(ended === undefined || !orderly ? part({ error, orderly }) : ended)
    socket.destroy()
  }
  const closed = () => end(new Error('the receiver closed the connection'), !isWriting)
  // Node does not report a reset after the end; but then even an empty write fails.
  const probe = () =>
    wire.writableEnded ? closed() : wire.write('', (error) => (error ? end(error) : closed()))
  socket
    .on('error', (error) => end(error))
    .on('close', closed)
    .on('end', () => {
      if (ended !== undefined) return
      part({ error: new Error('the receiver closed the connection'), orderly: !isWriting })
      setTimeout(probe, RESET_MS)
    })
  // The receiver sends nothing, but Node reports its end only to a reader.
  socket.resume()

  /** What `start` waits for, unless the link ends before. `start` answers how to stop waiting. */
  const unlessEnded = (start: (resolve: () => void) => () => void) =>
    new Promise<void>((resolve, reject) => {
      if (ended !== undefined) return reject(ended.error)
      const settle = (then: () => void) => {
        waiting.delete(fail)
        stop()
        then()
      }
      const fail = (error: Error) => settle(() => reject(error))
      const stop = start(() => settle(resolve))
      waiting.add(fail)
    })

  const stayOpen = (ms: number) =>
    unlessEnded((resolve) => {
      // After a suspension the timer is due before the event loop has looked at the socket.
      const timer = setTimeout(() => setImmediate(resolve), ms)
      return () => clearTimeout(timer)
    })

  const write = (piece: Buffer) =>
    unlessEnded((resolve) => {
      isWriting = true
      const stuck = () => end(new Error(`the receiver took nothing for ${timeoutMs / 1000} s`))
      const timer = setTimeout(stuck, timeoutMs)
      // A failed write ends the link by its error event.
      socket.write(piece, (error) => (error ? undefined : resolve()))
      return () => {
        clearTimeout(timer)
        isWriting = false
      }
    })

  return {
    async send(bytes) {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        await write(bytes.subarray(at, at + PIECE_BYTES))
      }
    },
    stayOpen,
    end: () => ended,
    parted: parted.promise,
    async close() {
      if (isWriting) end(new Error('the connection was given up'))
      if (ended === undefined) {
        socket.end()
        await stayOpen(CLOSE_MS).catch(() => undefined)
        if (ended === undefined) end(new Error('the receiver did not close its side'))
      }
      await parted.promise
    },
  }
}
