import type { Packed } from './packed.ts'

/**
 * The messages delivered last. Syslog has no acknowledgement: what a receiver had not read or written when it died is
 * lost there, and only this window still has it.
 */
interface Window {
  /** Adds what was delivered at `now` (milliseconds), and drops the oldest beyond the size limit. */
  keep(frames: Packed, now: number): void
  /** The connection is gone: after a reset everything is owed, after an orderly close only what is recent. */
  lost(orderly: boolean, now: number): void
  /** What is to be sent again, oldest first. */
  owed(): readonly Packed[]
  /** Everything owed was sent again, at `now`. */
  paid(now: number): void
}

/**
 * A receiver that closes has read everything, but may not have written it yet; that doesn't take long. Without this
 * limit each close of an idle connection would send the whole window again.
 */
export const RECENT_MS = 30_000

interface Piece {
  readonly frames: Packed
  at: number
  owed: boolean
}

export function createWindow(maxBytes: number): Window {
  let pieces: Piece[] = []
  let size = 0
  return {
    keep(frames, now) {
      pieces.push({ frames, at: now, owed: false })
      size += frames.size
      let gone = 0
      for (; size > maxBytes; gone++) size -= pieces[gone]?.frames.size ?? 0
      if (gone > 0) pieces = pieces.slice(gone)
    },
    lost(orderly, now) {
      for (const piece of pieces) piece.owed ||= !orderly || now - piece.at <= RECENT_MS
    },
    owed: () => pieces.filter(({ owed }) => owed).map(({ frames }) => frames),
    paid(now) {
      for (const piece of pieces) {
        if (piece.owed) Object.assign(piece, { at: now, owed: false })
      }
    },
  }
}
