/** The signals that a service hears, in the order in which they come. */
export interface Signals {
  next(): Promise<NodeJS.Signals>
  /** Whether a signal to stop has come that `next` has not answered yet. */
  isToStop(): boolean
  /** Listens for these, too, from now on. */
  add(names: readonly NodeJS.Signals[]): void
  close(): void
}

export const STOPS = ['SIGTERM', 'SIGINT'] as const

export function listen(first: readonly NodeJS.Signals[] = STOPS): Signals {
  const heard: NodeJS.Signals[] = []
  const received: NodeJS.Signals[] = []
  let deliver: ((signal: NodeJS.Signals) => void) | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (deliver === undefined) received.push(signal)
    else deliver(signal)
    deliver = undefined
  }
  const add = (names: readonly NodeJS.Signals[]) => {
    for (const name of names) process.on(name, onSignal)
    heard.push(...names)
  }
  add(first)
  // Until now early-signals.cjs listened for it. A service without a file to read again ends with its terminal.
  if (!first.includes('SIGHUP')) process.removeAllListeners('SIGHUP')
  return {
    next: () =>
      new Promise((resolve) => {
        const waiting = received.shift()
        if (waiting === undefined) deliver = resolve
        else resolve(waiting)
      }),
    isToStop: () => STOPS.some((name) => received.includes(name)),
    add,
    close: () => {
      for (const name of heard) process.off(name, onSignal)
    },
  }
}

/** What the work answers, or the first signal if that comes earlier; a second signal ends the process. */
export async function untilSignal<Result>(
  work: Promise<Result>,
): Promise<{ readonly result: Result } | { readonly signal: NodeJS.Signals }> {
  const signals = listen()
  try {
    return await Promise.race([
      work.then((result) => ({ result })),
      signals.next().then((signal) => ({ signal })),
    ])
  } finally {
    signals.close()
  }
}
