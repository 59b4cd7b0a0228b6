/**
 * This process's claims, each a lease in Redis with a fencing number.
 *
 * - *held*: taken, renewed three times a lease; writes carry its number.
 * - *kept in mind*: given back; taken again before anybody else did, it is `continued`.
 * - *lost*: somebody else took it, or the connection broke. Then Redis may have been restarted and gone back by what
 *   it had not written down, so nothing in memory is trusted: writes are refused here until it is claimed again.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from '../../lib/logger.ts'
import { type Claim, ClaimLost, type Holding } from '../store.ts'
import type { Scripts } from './commands.ts'
import { keysOf } from './keys.ts'

export interface Claims {
  claim(holding: Holding): Promise<Claim | undefined>
  /** The fencing number that a write to `source` carries. Takes a claim if there never was one. Throws ClaimLost. */
  fence(holding: Holding, source: string): Promise<string>
  /** Throws ClaimLost for a holding that was lost since. */
  assure(holding: Holding): void
  /** The connection broke: everything held is lost. */
  loseAll(why: string): void
  /** A write was refused. */
  lose(holding: Holding, why: string): void
  /** Gives back everything. */
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
    // Nobody has it in hand: a stop gives all back before it ends the connection.
    if (held.released) return
    logger.warn('a claim was lost; what it covers is loaded again', {
      holding: nameOf(held.holding),
      reason: why,
    })
  }

  const give = async (held: Held) => {
    held.released = true
    if (held.lost.signal.aborted) return
    // A lease that can't be given back runs out.
    await Promise.allSettled([...held.fences].map(([source, fence]) => renew(held.holding, source, fence, 0)))
  }

  const renew = (holding: Holding, source: string, fence: string, ms: number) =>
    scripts.renew([keysOf(prefix, source).claims], [fieldOf(holding), owner, fence, ms])

  const takeOne = async (holding: Holding, source: string, remembered = ''): Promise<string | undefined> => {
    const args = [fieldOf(holding), owner, leaseMs, remembered]
    const [taken, fence] = (await scripts.claim([keysOf(prefix, source).claims], args)) as [number, string]
    return taken === 1 ? fence : undefined
  }

  /** One source after the other, all in the same order everywhere: two processes can't each hold a half. */
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
    // Held already, by another turn of this process.
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
          () => undefined, // A connection that broke is told by its own event.
        )
      }
    }
  }, leaseMs / 3).unref()

  return {
    async claim(holding) {
      // Whoever asks first in this process has it; the other must not go to work beside it.
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
      if (held === undefined) throw new ClaimLost(`another process holds ${name}`)
      held.lost.signal.throwIfAborted()
      // A source that came to the lane later.
      const fence = held.fences.get(source) ?? (await takeOne(holding, source))
      if (fence === undefined) throw new ClaimLost(`another process holds ${name}`)
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
      // Of what is being taken the answer is on its way.
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
