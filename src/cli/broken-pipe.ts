/** Whoever reads our standard output may leave early, or have no room for it. */
import { messageOf } from '../errors.ts'

/** A command that only prints has then nothing left to do (`| head`): that is no error. */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', end)
}

/** The engine has more to do than to print: a sink that prints is paused, and the others go on. */
export function surviveBrokenPipe(): void {
  process.stdout.off('error', end)
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore)
}

function end(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`auditferry: standard output can't be written: ${messageOf(error)}\n`)
  process.exit(1)
}

function ignore(): void {}
