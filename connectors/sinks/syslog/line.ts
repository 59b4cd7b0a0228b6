/** The way to the receiver over any number of connections: one at a time, and what the last one may have lost goes first. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { outcomeOfFailure } from '../../../src/lib/http-outcome.ts'
import { openSocket } from '../../../src/lib/socket.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { addressOf, type Config } from './config.ts'
import { createLink, type Link } from './link.ts'
import { createWindow } from './window.ts'

export interface Line {
  deliver(frames: Buffer, signal: AbortSignal): Promise<Outcome>
  close(): Promise<void>
}

export function createLine(config: Config, { connection, logger, now }: SinkContext): Line {
  const address = addressOf(config.endpoint)
  const window = createWindow(config.resend_window)
  const closing = new AbortController()
  let link: Link | undefined
  let opening: Promise<Link> | undefined

  const open = async (): Promise<Link> => {
    const before = link?.end()
    if (before !== undefined) window.lost(before.orderly, now())
    link = undefined
    const fresh = createLink(await openSocket(address, connection, closing.signal), connection.timeoutMs)
    try {
      await resend(fresh)
    } catch (error) {
      await fresh.close()
      throw error
    }
    link = fresh
    return fresh
  }

  const resend = async (fresh: Link) => {
    const owed = window.owed()
    if (owed.length === 0) return
    const bytes = owed.reduce((sum, { length }) => sum + length, 0)
    logger.warn('the connection was lost: what it may have lost is sent again, with the same uids', { bytes })
    for (const frames of owed) await fresh.send(frames)
    window.paid(now())
  }

  const usable = async (): Promise<Link> => {
    // Lets in the news that an idle connection was closed meanwhile.
    await nextTurn()
    if (link !== undefined && link.end() === undefined) return link
    opening ??= open().finally(() => {
      opening = undefined
    })
    return opening
  }

  const attempt = async (frames: Buffer, signal: AbortSignal) => {
    const used = await usable()
    await used.send(frames, signal)
    await used.stayOpen(config.settle_time)
    if (!signal.aborted) window.keep(frames, now())
  }

  return {
    async deliver(frames, signal) {
      try {
        await abortable(attempt(frames, signal), signal)
        return delivered
      } catch (error) {
        return signal.aborted ? interrupted : outcomeOfFailure(error, 'endpoint')
      }
    },
    async close() {
      closing.abort()
      const last = (await opening?.catch(() => undefined)) ?? link
      await last?.close()
      if (last?.end()?.orderly === false) {
        logger.warn('the connection broke when it was closed: the messages sent last may be lost', {
          reason: last.end()?.error.message,
        })
      }
    },
  }
}

export const interrupted: Outcome = { kind: 'retry', reason: 'interrupted before the write had settled' }
