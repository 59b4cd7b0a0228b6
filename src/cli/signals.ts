/** The signals that a service hears, in the order in which they come. */
export interface Signals {
  /** After it has answered one to stop, a further one ends the process at once, as a kill would. */
  next(): Promise<NodeJS.Signals>
  /** Whether a signal to stop has come that `next` has not answered yet. */
  isToStop(): boolean
  /** Listens for these, too, from now on. */
  add(names: readonly NodeJS.Signals[]): void
  close(): void
}

export const STOPS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']

/** A single Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const ECHO_MS = 2_000

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
  const forget = (names: readonly NodeJS.Signals[]) => {
    for (const name of names) process.off(name, onSignal)
  }
  add(first)
  // Until now early-signals.cjs listened for it. A service without a file to read again ends with its terminal.
  if (!first.includes('SIGHUP')) process.removeAllListeners('SIGHUP')
  return {
    async next() {
      const waiting = received.shift()
      const signal =
        waiting ??
        (await new Promise<NodeJS.Signals>((resolve) => {
          deliver = resolve
        }))
      if (STOPS.includes(signal)) setTimeout(forget, ECHO_MS, STOPS).unref()
      return signal
    },
    isToStop: () => STOPS.some((name) => received.includes(name)),
    add,
    close: () => forget(heard),
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
