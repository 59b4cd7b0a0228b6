/**
 * A plausible history made from a seed. Each event depends only on its number, so that millions of them need no memory
 * and the same seed always gives the same history.
 */
import { type CatalogueEntry, catalogue } from '../../../src/normalise/catalogue.ts'
import { describe } from './describe.ts'
import type { EmulatedEvent } from './event.ts'
import { createDraw, type Draw, mix } from './random.ts'

interface InventOptions {
  readonly seed: number
  readonly count: number
  /** Unix second of the newest event. */
  readonly newest: number
  /** Average number of events per second; a fraction means several seconds between events. */
  readonly density: number
}

/** Events are numbered from the oldest, 0, to the newest. */
export interface InventedHistory {
  readonly count: number
  timestampAt(index: number): number
  eventAt(index: number): EmulatedEvent
}

/** Events come in bursts, like those of an update: this many to a burst. */
const BURST = 64

/** One event in this many is followed by an identical one, if it falls in the same second. */
const TWIN_EVERY = 50

export function inventHistory({ seed, count, newest, density }: InventOptions): InventedHistory {
  const oldest = newest - Math.floor(positionOf(Math.max(count - 1, 0)) / density)
  const timestampAt = (index: number) => oldest + Math.floor(positionOf(index) / density)
  const isTwin = (index: number) =>
    index > 0 && mix(seed, index) % TWIN_EVERY === 0 && timestampAt(index) === timestampAt(index - 1)
  return {
    count,
    timestampAt,
    eventAt: (index) => inventEvent(seed, isTwin(index) ? index - 1 : index, timestampAt(index)),
  }
}

/** The event with this number, at any time. */
export function inventEvent(seed: number, index: number, timestamp: number): EmulatedEvent {
  const draw = createDraw(mix(seed, index))
  const entry = inventEntry(draw)
  const person = draw.oneOf(PEOPLE)
  const isByToken = draw.below(5) === 0
  return {
    timestamp,
    event: entry.event,
    description: describe(entry, person.login, draw),
    sourceIP: `198.51.100.${1 + draw.below(250)}`,
    user: {
      name: person.name,
      githubLogin: person.login,
      avatarUrl: `https://avatars.example/${person.login}.png`,
    },
    ...(isByToken ? { tokenID: draw.uuid(), tokenName: draw.oneOf(TOKENS) } : {}),
    ...(entry.requiresOrgAdmin ? { reqOrgAdmin: true } : {}),
    ...(entry.requiresStackAdmin ? { reqStackAdmin: true } : {}),
    ...(entry.failure === 'flag' ? { authFailure: true } : {}),
  }
}

/** The event's position on a line where events are one apart on average, and crowded where a burst begins. */
function positionOf(index: number): number {
  const within = index % BURST
  return index - within + (within * within) / BURST
}

const byEvent = new Map(catalogue.map((entry) => [entry.event, entry]))

/** Most of the log is everyday work; the rest is drawn from the whole catalogue. */
const EVERYDAY = [
  'stack-update-started',
  'stack-update-completed',
  'stack-outputs-read',
  'stack-exported',
  'secret-decrypted',
  'environment-open',
  'user-login',
].flatMap((event) => byEvent.get(event) ?? [])

function inventEntry(draw: Draw): CatalogueEntry {
  return draw.oneOf(draw.below(10) < 8 ? EVERYDAY : catalogue)
}

const PEOPLE = [
  { login: 'dana', name: 'Dana Okafor' },
  { login: 'mkowalski', name: 'Marta Kowalski' },
  { login: 'jlind', name: 'Jörgen Lind' },
  { login: 'priya-n', name: 'Priya Nair' },
  { login: 'tobrien', name: 'Tadhg O’Brien' },
  { login: 'hsato', name: '佐藤 光' },
  { login: 'acme-ci', name: 'Acme, Continuous Integration' },
]

const TOKENS = ['ci-deploy', 'nightly drift check', 'laptop', 'github-actions']
