/** The emulator with a day of history and new events arriving: what `auditferry demo` reads. */
import { type PulumiEmulator, startPulumiEmulator } from './emulator.ts'
import { inventEvent, inventHistory } from './invent.ts'
import { mix } from './random.ts'

const SEED = 7
const PAST = 500
const RATE = 0.5
const TICK_MS = 500
/** The same port each time, if it is free: a second demo at another address would start its log anew. */
const PORT = 8485

export async function startDemoSource(): Promise<PulumiEmulator> {
  const newest = Math.floor(Date.now() / 1000) - 60
  const past = inventHistory({ seed: SEED, count: PAST, newest, density: PAST / 86_000 })
  const start = (port: number) => startPulumiEmulator({ organizations: ['demo'], past, port })
  const emulator = await start(PORT).catch(() => start(0))
  const timer = setInterval(createTicker(emulator, { seed: SEED, rate: RATE, firstIndex: PAST }), TICK_MS)
  return {
    ...emulator,
    stop() {
      clearInterval(timer)
      return emulator.stop()
    },
  }
}

/** The most seconds by which a late event may be late. */
const LATEST = 600

/**
 * On each call, adds the events that have become due since the last one; one of `lateEvery` (0: none) happened earlier.
 */
export function createTicker(
  emulator: PulumiEmulator,
  {
    seed,
    rate,
    firstIndex,
    lateEvery = 0,
  }: { seed: number; rate: number; firstIndex: number; lateEvery?: number },
): () => void {
  const startedAt = Date.now()
  let added = 0
  return () => {
    const due = Math.floor(((Date.now() - startedAt) / 1000) * rate)
    const now = Math.floor(Date.now() / 1000)
    const secondOf = (index: number) =>
      lateEvery > 0 && index % lateEvery === 0 ? now - 1 - (mix(seed, index) % LATEST) : now
    emulator.add(
      Array.from({ length: due - added }, (_, at) => {
        const index = firstIndex + added + at
        return inventEvent(seed, index, secondOf(index))
      }),
    )
    added = due
  }
}
