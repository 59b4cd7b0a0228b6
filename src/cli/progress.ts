import { printable } from '../lib/printable.ts'
import { cut, formatDuration } from './terminal.ts'

/** The progress of a long walk: one line that is rewritten on a terminal, a plain line now and then elsewhere. */
interface Progress {
  /**
   * `position`: the oldest second reached, Unix seconds; `share`: how much of the whole is done, if known; `waitsFor`: what
   * holds it up at this moment, if anything does.
   */
  add(count: number, position: number, share?: number, waitsFor?: string): void
  /** A wait that a person might take for a hang is reported at once, on a line of its own. */
  waits(reason: string, ms: number): void
  end(): void
}

const TERMINAL_EVERY_MS = 100
const PLAIN_EVERY_MS = 10_000
const TOLD_FROM_MS = 10_000

export function createProgress(
  what: string | (() => string),
  out: NodeJS.WriteStream = process.stderr,
  now = Date.now,
): Progress {
  const every = out.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS
  const startedAt = now()
  let total = 0
  let shownAt = startedAt
  let firstShare: number | undefined
  const show = (position: number, share: number | undefined, waitsFor: string) => {
    const seconds = Math.max(0.001, (now() - startedAt) / 1000)
    const reached = Number.isFinite(position)
      ? `, back to ${new Date(position * 1000).toISOString().slice(0, 19)}Z`
      : ''
    const line = `${total.toLocaleString('en')} ${typeof what === 'string' ? what : what()}, ${Math.round(total / seconds).toLocaleString('en')}/s${reached}${restOf(seconds, share, firstShare)}${waitsFor === '' ? '' : `; waits for ${waitsFor}`}`
    // A line that wraps can't be rewritten.
    out.write(out.isTTY ? `\r\x1b[K${cut(line, (out.columns || 80) - 1)}` : `${line}\n`)
    shownAt = now()
  }
  const takeBack = () => {
    if (out.isTTY && shownAt > startedAt) out.write('\r\x1b[K')
  }
  return {
    add(count, position, share, waitsFor = '') {
      total += count
      firstShare ??= share
      if (now() - shownAt >= every) show(position, share, waitsFor)
    },
    waits(reason, ms) {
      if (ms < TOLD_FROM_MS) return
      takeBack()
      out.write(`auditferry: ${printable(reason)}; goes on in ${formatDuration(ms)}\n`)
    },
    end: takeBack,
  }
}

/** The time left at the pace since the first look. */
function restOf(seconds: number, share: number | undefined, first = 0): string {
  if (share === undefined) return ''
  const percent = `, ${Math.floor(share * 100)} %`
  const left = (seconds * (1 - share)) / (share - first)
  return Number.isFinite(left) ? `${percent}, ${formatDuration(left * 1000)} left` : percent
}
