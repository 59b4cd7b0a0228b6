/** The signals that a service hears, in the order in which they come. */
export interface Signals {
  next(): Promise<NodeJS.Signals>
  close(): void
}

export function listen(withHangup: boolean): Signals {
  const names: NodeJS.Signals[] = withHangup ? ['SIGTERM', 'SIGINT', 'SIGHUP'] : ['SIGTERM', 'SIGINT']
  const received: NodeJS.Signals[] = []
  let deliver: ((signal: NodeJS.Signals) => void) | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (deliver === undefined) received.push(signal)
    else deliver(signal)
    deliver = undefined
  }
  for (const name of names) process.on(name, onSignal)
  // Until here early-signals.cjs heard it. What has no file to read again ends with its terminal.
  if (!withHangup) process.removeAllListeners('SIGHUP')
  return {
    next: () =>
      new Promise((resolve) => {
        const waiting = received.shift()
        if (waiting === undefined) deliver = resolve
        else resolve(waiting)
      }),
    close: () => {
      for (const name of names) process.off(name, onSignal)
    },
  }
}

/** What the work answers, or the signal that came first; a second signal ends the process. */
export async function untilSignal<Result>(
  work: Promise<Result>,
): Promise<{ readonly result: Result } | { readonly signal: NodeJS.Signals }> {
  const signals = listen(false)
  try {
    return await Promise.race([
      work.then((result) => ({ result })),
      signals.next().then((signal) => ({ signal })),
    ])
  } finally {
    signals.close()
  }
}
