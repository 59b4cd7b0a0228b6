/** Where a command writes its result: a new file, or standard output. What fails is told with the file's name. */
import { once } from 'node:events'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { errorCode, messageOf, OperationError } from '../errors.ts'

export interface Output {
  write(text: string): Promise<void>
  /** The file gets its name: it is whole. */
  close(): Promise<void>
  /** Closes it and takes a file away again. */
  discard(): Promise<void>
  /** Closes it as it is; answers the name under which a part is left. */
  leavePart(): Promise<string | undefined>
}

/**
 * `-` is standard output. Throws OperationError; a file that is there is never overwritten. Until it is whole it is
 * called `<path>.part`: what a command that was killed leaves does not pass for all.
 */
export async function openOutput(path: string): Promise<Output> {
  if (path === '-') return standardOutput
  const refused = (error: unknown) => {
    return new OperationError(
      errorCode(error) === 'EEXIST'
        ? `${path} exists; name a new file`
        : `${path} can't be written: ${messageOf(error)}`,
    )
  }
  const attempt = <Result>(work: Promise<Result>) =>
    work.catch((error: unknown) => {
      throw refused(error)
    })
  if ((await stat(path).catch(() => undefined)) !== undefined) throw refused({ code: 'EEXIST' })
  const part = `${path}.part`
  const file = await attempt(open(part, 'w', 0o640))
  return {
    write: (text) => attempt(file.appendFile(text)),
    async close() {
      await attempt(file.close())
      await attempt(giveName(part, path))
    },
    async discard() {
      await file.close()
      await rm(part, { force: true })
    },
    async leavePart() {
      await file.close()
      return part
    },
  }
}

/** A link is refused where the name is taken, a renaming is not; some file systems have no links. */
async function giveName(part: string, path: string): Promise<void> {
  try {
    await link(part, path)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error
    return rename(part, path)
  }
  await rm(part)
}

const standardOutput: Output = {
  async write(text) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain')
  },
  async close() {},
  async discard() {},
  leavePart: async () => undefined,
}
