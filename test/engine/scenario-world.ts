/** What surrounds the engine in a scenario: the clock, the emulated source, and what happens to it while it answers. */
import { type PulumiEmulator, startPulumiEmulator } from '../emulators/pulumi/emulator.ts'
import type { NewEvent } from '../emulators/pulumi/event.ts'
import type { Fault } from '../emulators/pulumi/faults.ts'
import type { Meanwhile, OutsideStep, Setup } from './scenario.ts'
import { eventOf, garbledEvent } from './scenario-events.ts'

export interface World {
  readonly emulator: PulumiEmulator
  /** Milliseconds. */
  now(): number
  second(): number
  wait(seconds: number): void
  happen(step: OutsideStep): void
  /** Drops events that haven't happened yet. */
  calm(): void
  /** When each event became visible, Unix seconds, in that order. */
  readonly added: readonly { readonly at: number; readonly event: NewEvent }[]
  /** Malformed rows. */
  garbled(): number
}

const START_MS = 1_795_384_800_000

/**
 * The engine assumes that a page holds at least this many records: it would take a log that shows fewer to be complete,
 * and a smaller page of garbled rows to be the log's end. A source with smaller pages is only read correctly if there
 * is something older below; so events happen now and then, at least one a day.
 */
const SMALL_PAGE = 10
const BEAT_MS = 7_500_000
const FIRST_BEAT_MS = START_MS - 3 * BEAT_MS

export async function openWorld(setup: Setup): Promise<World> {
  const { switches } = setup
  const hasSmallPages = (switches.pageSize ?? Number.POSITIVE_INFINITY) < SMALL_PAGE
  let ms = FIRST_BEAT_MS
  let garbled = 0
  let planned: { request: number; what: () => void }[] = []
  const added: { at: number; event: NewEvent }[] = []

  const emulator: PulumiEmulator = await startPulumiEmulator({
    switches,
    // Called once per request, before the answer is made.
    now: () => {
      const due = planned.filter(({ request }) => request < emulator.requests.length)
      planned = planned.filter((plan) => !due.includes(plan))
      for (const { what } of due) what()
      return ms
    },
  })
  const second = () => Math.floor(ms / 1000)
  const add = (events: readonly NewEvent[]) => {
    emulator.add(events)
    for (const event of events) added.push({ at: second(), event })
  }
  const wait = (seconds: number) => {
    ms += seconds * 1000
    if (hasSmallPages) add([eventOf(0, second())])
  }
  while (ms < START_MS) wait(BEAT_MS / 1000)

  /** Runs `what` when the request that comes after `after` others arrives, before it is answered. */
  const atRequest = (after: number, what: () => void) => {
    planned.push({ request: emulator.requests.length + after, what })
  }
  const fail = (after: number, fault: Fault) => {
    // The emulator looks for faults as a request arrives, so they must be set before that.
    if (after === 0) emulator.fail(fault)
    else atRequest(after - 1, () => emulator.fail(fault))
  }
  const happenMeanwhile = (what: Meanwhile) => {
    if ('wait' in what) wait(what.wait)
    else if ('expireTokens' in what) emulator.expireTokens()
    else add(times(what.happen.copies, eventOf(what.happen.kind, second() - what.happen.age)))
  }

  const happen = (step: OutsideStep) => {
    const now = second()
    switch (step.do) {
      case 'happen':
        return add(step.events.flatMap(({ age, kind, copies }) => times(copies, eventOf(kind, now - age))))
      case 'crowd':
        return add(Array.from({ length: step.count }, (_, at) => eventOf(at % 7, now - step.age)))
      case 'late':
        return add(times(step.copies, eventOf(step.kind, now - Math.floor(step.part * promisedAge(setup)))))
      case 'garble':
        if (garbled === 0 || !hasSmallPages) add([garbledEvent(now - step.age, garbled++)])
        return
      case 'wait':
        return wait(step.seconds)
      case 'fail':
        atRequest(step.after, () => wait(step.takes))
        return fail(step.after, detectable(step.fault, setup))
      case 'meanwhile':
        return atRequest(step.after, () => happenMeanwhile(step.what))
      case 'rename':
        return emulator.set({ eventNames: now % 2 === 0 ? 'slug' : 'display' })
    }
  }

  return {
    emulator,
    added,
    now: () => ms,
    second,
    wait,
    happen,
    garbled: () => garbled,
    calm() {
      planned = []
    },
  }
}

/** How late an event may be, in seconds, so that the engine still promises to find it. */
function promisedAge({ overlapS, retrospectS }: Setup): number {
  return retrospectS.length === 0 ? overlapS / 2 : Math.max(...retrospectS) - 300
}

/** Plain text that ends early without any sign can't be distinguished from a complete answer; gzip and JSON can. */
function detectable(fault: Fault, { switches }: Setup): Fault {
  return 'cut' in fault && switches.encoding === 'identity' ? { reset: true } : fault
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value)
}
