import type { Output } from './client.ts'

/**
 * Standard output as a sink. A pipe's write callback comes when the reader took the bytes, so a slow reader
 * slows this sink and nothing else.
 */
export function createStdout(): Output {
  const { stdout } = process
  let atStart = true
  if (!stdout.listeners('error').includes(ignore)) stdout.on('error', ignore)
  return {
    async append(content) {
      const bytes = content(atStart)
      await new Promise<void>((resolve, reject) => {
        stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
      })
      atStart = false
    },
    async check() {
      return stdout.writable
        ? { ok: true, detail: 'writes to standard output', cure: '' }
        : { ok: false, detail: 'standard output is closed', cure: 'start with an open standard output' }
    },
  }
}

/**
 * A closed pipe is reported to the callback and as an event, and an event that nobody listens to ends the
 * process. It may come at any time later, so the listener stays.
 */
function ignore(): void {}
