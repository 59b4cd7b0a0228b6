/** The reader of our output may leave early, run out of room, or stop reading. */
import { messageOf } from '../errors.ts'

/** A command that only prints has nothing left to do then (`| head`), which is no error. */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', end)
}

/** The engine has more to do than print: a sink that prints is paused, and the others go on. */
export function surviveBrokenPipe(): void {
  process.stdout.off('error', end)
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore)
}

/**
 * For the end of a command that ran an engine. Output that nobody reads would keep the process alive. The sink that
 * printed it has not confirmed it, so it goes out again at the next start.
 */
export function endUnread(): void {
  if (!process.stdout.listeners('error').includes(end)) setTimeout(() => process.exit(), UNREAD_MS).unref()
}

const UNREAD_MS = 500

function end(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`auditferry: standard output can't be written: ${messageOf(error)}\n`)
  process.exit(1)
}

function ignore(): void {}
