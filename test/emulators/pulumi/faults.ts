/** Ways in which the next answers can go wrong. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is reset in the middle of the body. */
  | { readonly reset: true }
  /** The body ends in the middle, but looks complete to HTTP. */
  | { readonly cut: true }
  /** A proxy's login page, with status 200. */
  | { readonly html: true }
  /** No answer until the client gives up. */
  | { readonly hang: true }

interface Faults {
  /** The next `times` requests meet this fault; several calls queue up. */
  add(fault: Fault, times: number): void
  next(): Fault | undefined
  /** Drops those that no request has met yet. */
  clear(): void
}

export function createFaults(): Faults {
  const queue: Fault[] = []
  return {
    add(fault, times) {
      for (let time = 0; time < times; time++) queue.push(fault)
    },
    next: () => queue.shift(),
    clear: () => void queue.splice(0),
  }
}

/** The faults of `failEvery`, in turn. */
export const BAD_DAY: readonly Fault[] = [
  { status: 503 },
  { reset: true },
  { status: 429, headers: { 'retry-after': '1' } },
  { cut: true },
  { html: true },
]

export const LOGIN_PAGE =
  '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n'
