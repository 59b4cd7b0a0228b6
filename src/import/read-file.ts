/** The events of one old export, whichever of its forms it has. */
import type { NewEvent } from '../archive/stored-archive.ts'
import type { SourceDefinition } from '../connector.ts'
import { describeFileError, OperationError } from '../errors.ts'
import { eventsOfExport } from './export-events.ts'
import { eventsOfLines } from './native-lines.ts'
import { piecesOf } from './open-file.ts'

export interface FileOrigin {
  /** Component id and organisation that a row of the product's export belongs to. */
  readonly source: string
  readonly organization: string
  readonly definition: Pick<SourceDefinition, 'readExport' | 'title'>
  /** Milliseconds. */
  readonly now: () => number
  /** Events were redacted before they were written: their uids can't be computed again. */
  readonly redacted?: boolean
}

/** An event, or something in the file that is not one or is refused. */
export type FileItem = NewEvent | FileFault

export interface FileFault {
  /** From 1; undefined for what concerns the whole file. */
  readonly line: number | undefined
  readonly fault: string
  /** It is an event, with this uid, and is refused. */
  readonly refused?: string
}

/** In slices. Throws OperationError when the file can't be read (to its end), or is no export at all. */
export async function* eventsOfFile(file: string, origin: FileOrigin): AsyncGenerator<FileItem[]> {
  try {
    const [first, pieces] = await peeked(piecesOf(file))
    if (first === undefined) throw new OperationError('it is empty')
    if (OBJECT.test(first.toString('utf8', 0, 16))) yield* eventsOfLines(pieces, origin)
    else yield* eventsOfExport(pieces, origin)
  } catch (error) {
    throw new OperationError(`${file}: ${describeFileError(error)}`)
  }
}

const OBJECT = /^\uFEFF?\s*\{/

/** The first piece that holds anything, and all pieces from it on. */
async function peeked(pieces: AsyncGenerator<Buffer>): Promise<[Buffer | undefined, AsyncGenerator<Buffer>]> {
  let first: Buffer | undefined
  for (let it = await pieces.next(); it.done !== true; it = await pieces.next()) {
    first = it.value
    if (first.length > 0) break
  }
  async function* all() {
    if (first !== undefined) yield first
    yield* pieces
  }
  return [first, all()]
}
