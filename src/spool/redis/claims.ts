/**
 * This process's claims, each a lease in Redis with a fencing number.
 *
 * - *held*: taken, and renewed three times per lease; writes carry its number.
 * - *remembered*: given back; if taken again before anybody else took it, it is `continued`.
 * - *lost*: somebody else took it, or the connection broke. Redis may then have restarted and gone back to an earlier
 *   state that it had saved, so nothing in memory is trusted: writes are refused here until it is claimed again.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from '../../lib/logger.ts'
import { type Claim, ClaimLost, type Holding } from '../store.ts'
import type { Scripts } from './commands.ts'
import { keysOf } from './keys.ts'

interface Claims {
  claim(holding: Holding): Promise<Claim | undefined>
  /** The fencing number for a write to `source`. Takes a claim if there never was one. Throws ClaimLost. */
  fence(holding: Holding, source: string): Promise<string>
  /** Throws ClaimLost if the holding has been lost since. */
  assure(holding: Holding): void
  /** The connection broke: everything held is lost. */
  loseAll(why: string): void
  /** A write was refused, so the claim is lost. */
  lose(holding: Holding, why: string): void
  /** Gives back all claims. */
  close(): Promise<void>
}

interface Held {
  readonly holding: Holding
  /** By source. */
  readonly fences: Map<string, string>
  readonly lost: AbortController
  released: boolean
}

const NEVER = new Map<string, string>()

export function createClaims(prefix: string, leaseMs: number, scripts: Scripts, logger: Logger): Claims {
  const owner = `${hostname().replaceAll(/\s/g, '-')}/${process.pid}/${randomUUID().slice(0, 8)}`
  const known = new Map<string, Held>()
  const claiming = new Map<string, Promise<Held | undefined>>()

  const lose = (held: Held, why: string) => {
    if (held.lost.signal.aborted) return
    held.lost.abort(new ClaimLost(why))
    // Nobody is using it: a stop gives everything back before it ends the connection.
    if (held.released) return
    logger.warn('a claim was lost; what it covers is loaded again', {
      holding: nameOf(held.holding),
      reason: why,
    })
  }

  const give = async (held: Held) => {
    held.released = true
    if (held.lost.signal.aborted) return
    // A lease that can't be given back expires.
    await Promise.allSettled([...held.fences].map(([source, fence]) => renew(held.holding, source, fence, 0)))
  }

  const renew = (holding: Holding, source: string, fence: string, ms: number) =>
    scripts.renew([keysOf(prefix, source).claims], [fieldOf(holding), owner, fence, ms])

  const takeOne = async (holding: Holding, source: string, remembered = ''): Promise<string | undefined> => {
    const args = [fieldOf(holding), owner, leaseMs, remembered]
    const [taken, fence] = (await scripts.claim([keysOf(prefix, source).claims], args)) as [number, string]
    return taken === 1 ? fence : undefined
  }

  /** One source after another, in the same order in every process, so that two processes can't hold half each. */
  const take = async (
    holding: Holding,
    remembered: ReadonlyMap<string, string>,
  ): Promise<Held | undefined> => {
    const fences = new Map<string, string>()
    for (const source of sourcesOf(holding)) {
      const fence = await takeOne(holding, source, remembered.get(source))
      if (fence === undefined) {
        for (const [taken, number] of fences) await renew(holding, taken, number, 0)
        return undefined
      }
      fences.set(source, fence)
    }
    return { holding, fences, lost: new AbortController(), released: false }
  }

  const claim = (holding: Holding): Promise<Held | undefined> => {
    const name = nameOf(holding)
    const before = known.get(name)
    const trusted = before !== undefined && !before.lost.signal.aborted
    // Already held, by another turn of this process.
    if (trusted && !before.released) return Promise.resolve(undefined)
    const pending =
      claiming.get(name) ??
      take(holding, trusted ? before.fences : NEVER)
        .then((held) => {
          if (held !== undefined) known.set(name, held)
          return held
        })
        .finally(() => claiming.delete(name))
    claiming.set(name, pending)
    return pending
  }

  const timer = setInterval(() => {
    for (const held of known.values()) {
      if (held.released || held.lost.signal.aborted) continue
      for (const [source, fence] of held.fences) {
        renew(held.holding, source, fence, leaseMs).then(
          (renewed) => {
            if (renewed !== 1) lose(held, 'another process has taken it')
          },
          () => undefined, // A broken connection has an event of its own.
        )
      }
    }
  }, leaseMs / 3).unref()

  return {
    async claim(holding) {
      // The first to ask in this process gets it; the second must not start work beside the first.
      if (claiming.has(nameOf(holding))) return undefined
      const before = known.get(nameOf(holding))
      const held = await claim(holding)
      if (held === undefined) return undefined
      const continued = before !== undefined && isSame(before, held)
      return { continued, signal: held.lost.signal, release: () => give(held) }
    },
    async fence(holding, source) {
      const name = nameOf(holding)
      const held = known.get(name) ?? (await claim(holding))
      if (held === undefined) throw new ClaimLost(`another process holds ${name}: try again later`)
      held.lost.signal.throwIfAborted()
      // The source joined the lane later.
      const fence = held.fences.get(source) ?? (await takeOne(holding, source))
      if (fence === undefined) throw new ClaimLost(`another process holds ${name}: try again later`)
      held.fences.set(source, fence)
      return fence
    },
    assure(holding) {
      known.get(nameOf(holding))?.lost.signal.throwIfAborted()
    },
    loseAll(why) {
      for (const held of known.values()) lose(held, why)
    },
    lose(holding, why) {
      const held = known.get(nameOf(holding))
      if (held !== undefined) lose(held, why)
    },
    async close() {
      clearInterval(timer)
      // Claims that are just being taken get their answer first.
      await Promise.allSettled(claiming.values())
      await Promise.all([...known.values()].filter((held) => !held.released).map(give))
    },
  }
}

function isSame(before: Held, after: Held): boolean {
  if (before.lost.signal.aborted) return false
  return [...after.fences].every(([source, fence]) => before.fences.get(source) === fence)
}

function sourcesOf(holding: Holding): readonly string[] {
  return 'source' in holding ? [holding.source] : [...holding.sources].sort()
}

function fieldOf(holding: Holding): string {
  return 'source' in holding ? 'source' : `lane:${holding.sink}`
}

function nameOf(holding: Holding): string {
  return 'source' in holding ? `source ${holding.source}` : `lane ${holding.sink}`
}
