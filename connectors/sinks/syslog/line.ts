/** Delivers to the receiver over one connection after another; what the last one may have lost is sent first. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { outcomeOfFailure } from '../../../src/lib/http/outcome.ts'
import { createLink, type Link, type LinkEnd } from '../../../src/lib/tcp/link.ts'
import { openSocket } from '../../../src/lib/tcp/socket.ts'
import { createTurns } from '../../../src/lib/turns.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { addressOf, type Config } from './config.ts'
import { createEncoder, type Encoded } from './encode.ts'
import { pack, unpack } from './packed.ts'
import { createWindow } from './window.ts'

export function createLine(
  config: Config,
  { connection, format, logger, now }: SinkContext,
): Pick<Sink, 'write' | 'close'> {
  const encode = createEncoder(config, format)
  const address = addressOf(config.endpoint)
  // A batch is encoded only when it can be sent, so that all batches share one piece of memory.
  const inTurn = createTurns()
  const window = createWindow(config.resend_window)
  const closing = new AbortController()
  let link: Link | undefined
  let opening: Promise<Link> | undefined
  /** Something was delivered that has not yet been sent again on the sink's own initiative. */
  let isUnproven = false
  let recovering: Promise<void> | undefined

  const open = async (): Promise<Link> => {
    await link?.parted
    link = undefined
    const fresh = createLink(await openSocket(address, connection, closing.signal), connection.timeoutMs)
    try {
      await abortable(resend(fresh), closing.signal)
    } catch (error) {
      await fresh.close()
      throw error
    }
    link = fresh
    void fresh.parted.then(broken)
    return fresh
  }

  const resend = async (fresh: Link) => {
    const owed = window.owed()
    if (owed.length === 0) return
    const bytes = owed.reduce((sum, { size }) => sum + size, 0)
    logger.warn('the connection was lost: what it may have lost is sent again, with the same uids', { bytes })
    for (const frames of owed) await fresh.send(await unpack(frames))
    window.paid(now())
  }

  const broken = ({ orderly }: LinkEnd) => {
    window.lost(orderly, now())
    // Only once without a new event: a receiver that closes idle connections would otherwise get the same messages for
    // ever.
    if (isUnproven && !closing.signal.aborted) {
      recovering ??= recover().finally(() => {
        recovering = undefined
      })
    }
  }

  /** Doesn't wait for the next event, which would open a connection but may be days away. */
  const recover = async () => {
    for (let waitMs = 1_000; window.owed().length > 0; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const isOver = await sleep(waitMs, false, { signal: closing.signal, ref: false }).catch(() => true)
      // An event that came meanwhile has caused it to be sent.
      if (isOver || window.owed().length === 0) return
      await sendOwed().catch((error: unknown) => {
        if (closing.signal.aborted) return
        const reason = messageOf(error)
        logger.warn('what the lost connection may have lost waits for the next one', { reason })
      })
    }
  }

  const sendOwed = async () => {
    const used = await inTurn(usable)
    // Whatever is delivered from now on has been sent only once.
    isUnproven = false
    await used.stayOpen(config.settle_time).catch(async (error: unknown) => {
      isUnproven = true
      // Only after this is something owed again.
      await used.parted
      throw error
    })
  }

  const usable = async (): Promise<Link> => {
    // Lets the event loop report that an idle connection was closed meanwhile.
    await nextTurn()
    if (link !== undefined && link.end() === undefined) return link
    opening ??= open().finally(() => {
      opening = undefined
    })
    return opening
  }

  /** Returns what is kept of it, once the kernel has accepted everything. */
  const send = async (encoded: () => Encoded, signal: AbortSignal) => {
    signal.throwIfAborted()
    const used = await usable()
    const { bytes } = encoded()
    await used.send(bytes)
    return { used, frames: await pack(bytes) }
  }

  const attempt = async (encoded: () => Encoded, signal: AbortSignal) => {
    const { used, frames } = await inTurn(() => send(encoded, signal))
    await used.stayOpen(config.settle_time)
    if (signal.aborted) return
    window.keep(frames, now())
    isUnproven = true
  }

  return {
    async write({ events }, signal) {
      let refused: Encoded['refused'] = new Map()
      const encoded = () => {
        const it = encode(events)
        refused = it.refused
        return it
      }
      const sent = await abortable(attempt(encoded, signal), signal)
        .then(() => delivered)
        .catch((error: unknown) => (signal.aborted ? INTERRUPTED : outcomeOfFailure(error, 'endpoint')))
      return events.map((_, index): Outcome => {
        const reason = refused.get(index)
        return reason === undefined ? sent : { kind: 'rejected', reason }
      })
    },
    async close() {
      let failure: unknown
      if (link?.end() !== undefined) await link.parted
      // This is the last chance for what the receiver may have lost: the window ends with this process.
      if (recovering !== undefined) {
        await abortable(sendOwed(), AbortSignal.timeout(LAST_TRY_MS)).catch((error: unknown) => {
          failure = error
        })
      }
      closing.abort()
      const last = (await opening?.catch(() => undefined)) ?? link
      await last?.close()
      if (last?.end()?.orderly === false) failure ??= last.end()?.error
      if (failure === undefined) return
      logger.warn('the connection was broken at the end: the messages sent last may be lost', {
        reason: messageOf(failure),
      })
    },
  }
}

/** A receiver that was restarted is back sooner. */
const LONGEST_WAIT_MS = 60_000
/** A receiver that accepts nothing must not delay the end of the program. */
const LAST_TRY_MS = 5_000

const INTERRUPTED: Outcome = { kind: 'retry', reason: 'interrupted before the write had settled' }
