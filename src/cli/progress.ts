/** How far a long walk is: one line that is rewritten on a terminal, a plain line now and then elsewhere. */
export interface Progress {
  /** `position`: the oldest second reached, Unix seconds. */
  add(count: number, position: number): void
  end(): void
}

const TERMINAL_EVERY_MS = 100
const PLAIN_EVERY_MS = 10_000

export function createProgress(
  what: string,
  out: NodeJS.WriteStream = process.stderr,
  now = Date.now,
): Progress {
  const every = out.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS
  const startedAt = now()
  let total = 0
  let shownAt = startedAt
  const show = (position: number) => {
    const seconds = Math.max(0.001, (now() - startedAt) / 1000)
    const reached = Number.isFinite(position)
      ? `, back to ${new Date(position * 1000).toISOString().slice(0, 19)}Z`
      : ''
    const line = `${total.toLocaleString('en')} ${what}, ${Math.round(total / seconds).toLocaleString('en')}/s${reached}`
    out.write(out.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    shownAt = now()
  }
  return {
    add(count, position) {
      total += count
      if (now() - shownAt >= every) show(position)
    },
    end() {
      if (out.isTTY && shownAt > startedAt) out.write('\r\x1b[K')
    },
  }
}
