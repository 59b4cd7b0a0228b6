/** One connection: writes one batch at a time, and notices when it breaks. */
import type { Socket } from 'node:net'

export interface Link {
  /** Resolves when the kernel has taken all; rejects when the link breaks or takes nothing for too long. */
  send(bytes: Buffer): Promise<void>
  /** Resolves when the link was open for so long; rejects with what broke it. */
  stayOpen(ms: number): Promise<void>
  /** How it ended, once it has. */
  end(): LinkEnd | undefined
  /** Says close_notify and FIN, and waits a moment for the receiver's. */
  close(): Promise<void>
}

export interface LinkEnd {
  readonly error: Error
  /** Closed by the receiver while nothing was being written. */
  readonly orderly: boolean
}

/** Progress is looked for this often: a slow receiver is no dead one. */
const PIECE_BYTES = 1 << 16
/** The first probe after so long without a packet; Node lets ten more follow, one a second. */
const KEEPALIVE_MS = 30_000
const CLOSE_MS = 2_000

/** `timeoutMs`: how long a piece may take. `onEnd` is told once how it ended. */
export function createLink(
  socket: Socket,
  timeoutMs: number,
  onEnd: (end: LinkEnd) => void = () => undefined,
): Link {
  const waiting = new Set<(error: Error) => void>()
  let isWriting = false
  let ended: LinkEnd | undefined

  const end = (error: Error, orderly = false) => {
    if (ended !== undefined) return
    ended = { error, orderly }
    for (const fail of [...waiting]) fail(error)
    socket.destroy()
    onEnd(ended)
  }
  const closed = () => end(new Error('the receiver closed the connection'), !isWriting)
  socket.on('error', end).on('end', closed).on('close', closed)
  socket.setKeepAlive(true, KEEPALIVE_MS)
  socket.setNoDelay(true)
  // Nothing is said to a sender; but only who reads is told of the end.
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
      const timer = setTimeout(resolve, ms)
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
    async close() {
      if (ended !== undefined || isWriting) return end(new Error('the connection was given up'))
      socket.end()
      await stayOpen(CLOSE_MS).catch(() => undefined)
      end(new Error('the receiver did not close its side'), true)
    },
  }
}
