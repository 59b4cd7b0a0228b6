/** Where a command writes its result: a new file, or standard output. What fails is told with the file's name. */
import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
import { messageOf, OperationError } from '../errors.ts'

export interface Output {
  write(text: string): Promise<void>
  close(): Promise<void>
  /** Closes it and takes a file away again. */
  discard(): Promise<void>
}

/** `-` is standard output. Throws OperationError; a file that is there is never overwritten. */
export async function openOutput(path: string): Promise<Output> {
  if (path === '-') return standardOutput
  const refused = (error: unknown) => {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    return new OperationError(
      exists ? `${path} exists; name a new file` : `${path} can't be written: ${messageOf(error)}`,
    )
  }
  const attempt = <Result>(work: Promise<Result>) =>
    work.catch((error: unknown) => {
      throw refused(error)
    })
  const file = await attempt(open(path, 'wx', 0o640))
  return {
    write: (text) => attempt(file.appendFile(text)),
    close: () => attempt(file.close()),
    async discard() {
      await file.close()
      await rm(path, { force: true })
    },
  }
}

const standardOutput: Output = {
  async write(text) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain')
  },
  async close() {},
  async discard() {},
}
