/**
 * Thins out noisy kinds of event. Whether one is sent is a function of its uid alone: a retry, a replay, another
 * worker and another sink with the same numbers decide alike.
 */
import type { Sample } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { addTo } from './enrich.ts'
import { compileWhere, type Where } from './where.ts'

/** Whether an event is sent. Notes in an event that is sent how many it stands for. Throws like {@link compileWhere}. */
type Sampler = (event: AuditEvent) => boolean

/** The first entry whose `where` is true decides; an event that matches none is sent. */
export function compileSample(samples: readonly Sample[]): Sampler {
  const entries = samples.map(({ where, ...share }) => ({ isMeant: named(where), share }))
  return (event) => {
    const entry = entries.find(({ isMeant }) => isMeant(event))
    if (entry === undefined) return true
    const { keep, of } = entry.share
    if (placeOf(event.uid) % of >= keep) return false
    addTo(event, { sampled: { keep, of } })
    return true
  }
}

/** Names the entry that could not be computed. */
function named(text: string): Where {
  const where = compileWhere(text)
  return (event) => {
    try {
      return where(event)
    } catch (thrown) {
      throw new Error(`${text}: ${messageOf(thrown)}`)
    }
  }
}

/** 48 bits of a hash are evenly spread over any `of` that one would write. */
function placeOf(uid: string): number {
  return Number.parseInt(uid.slice(0, 12), 16)
}
