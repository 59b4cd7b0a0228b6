/** Where a command writes its result: a new file, or standard output. Failures name the file. */
import { once } from 'node:events'
import { link, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { errorCode, messageOf, OperationError, UsageError } from '../errors.ts'

interface Output {
  write(text: string): Promise<void>
  /** The file is complete and gets its name. */
  close(): Promise<void>
  /** Closes it; removes a file again. */
  discard(): Promise<void>
  /** Closes it as it is; answers the name under which a part is left. */
  leavePart(): Promise<string | undefined>
}

interface OutputOptions {
  /** Of a new file. */
  readonly mode?: number
  /** The file may exist; it is left as it is until the new one is complete. */
  readonly replaces?: boolean
}

/**
 * `-` is standard output. Throws OperationError; an existing file is not overwritten unasked. Until it is complete it is
 * called `<path>.part`, so that what a killed command leaves does not pass for a complete result.
 */
export async function openOutput(path: string, options: OutputOptions = {}): Promise<Output> {
  if (path === '-') return standardOutput
  if (path === '') throw new UsageError('the name of the file to write is empty')
  const attempt = <Result>(work: Promise<Result>) =>
    work.catch((error: unknown) => {
      throw refusal(path, error)
    })
  const there = await stat(path).catch(() => undefined)
  if (there?.isDirectory()) throw new OperationError(`${path} is a folder; name a file`)
  if (there && !options.replaces) throw refusal(path, { code: 'EEXIST' })
  const target = there ? await attempt(realpath(path)) : path
  const part = `${target}.part`
  const file = await attempt(open(part, 'w', there?.mode ?? options.mode ?? 0o640))
  return {
    write: (text) => attempt(file.appendFile(text)),
    async close() {
      await attempt(file.sync())
      await attempt(file.close())
      await attempt(options.replaces ? rename(part, target) : giveName(part, target))
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

/** Writes what `fill` gives; where it fails, nothing is left. */
export async function writeOutput(
  path: string,
  options: OutputOptions,
  fill: (write: Output['write']) => Promise<void>,
): Promise<void> {
  const out = await openOutput(path, options)
  try {
    await fill(out.write)
    await out.close()
  } catch (error) {
    await out.discard()
    throw error
  }
}

function refusal(path: string, error: unknown): OperationError {
  const code = errorCode(error) ?? ''
  if (code === 'EEXIST') return new OperationError(`${path} exists; name a new file`)
  return new OperationError(
    `${path} can't be written: ${messageOf(error)}; ${CURES[code] ?? 'mend that, or name another file'}`,
  )
}

const NO_RIGHT = 'give this user the right to write there, or name another file'
const FULL = 'free space there, or name a file on another disk'

const CURES: Readonly<Record<string, string>> = {
  ENOENT: 'make its folder first, or name another file',
  ENOTDIR: 'part of its path is no folder: name another file',
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: 'nothing can be written to that file system: name a file on another',
  ENOSPC: FULL,
  EDQUOT: FULL,
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
