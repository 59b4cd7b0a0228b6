/** Whoever reads our standard output may leave early. */

/** A command that only prints has then nothing left to do (`| head`): that is no error. */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', endOrThrow)
}

/** The engine has more to do than to print: a sink that prints is paused, and the others go on. */
export function surviveBrokenPipe(): void {
  process.stdout.off('error', endOrThrow)
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore)
}

function endOrThrow(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

function ignore(): void {}
