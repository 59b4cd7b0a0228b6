/** Files of rows, made by a thread. */
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { startThread, type Thread } from '../../../src/lib/thread.ts'
import type { Order } from './worker.ts'

const SCRIPT = new URL('./worker.ts', import.meta.url)
/**
 * Bytes of rows sent to the thread at once. Two such pieces wait there, so that it has work while the next batch is
 * formed.
 */
const PIECE = 1 << 19

export interface LakeFile {
  /** Copies the payload. Await the returned promise, if any, before the next call. */
  add(payload: Uint8Array): Promise<unknown> | undefined
  /** The file's bytes. Throws whatever went wrong with the file earlier. */
  finish(): Promise<Uint8Array>
  /** The file is no longer wanted. */
  drop(): void
}

export interface LakeFiles {
  open(classUid: number): LakeFile
  close(): Promise<void>
}

/** A thread that died is replaced, for the files opened after that. */
export function createFiles(): LakeFiles {
  let thread: Thread<Order> | undefined
  let last = 0
  return {
    open(classUid) {
      if (thread === undefined || thread.hasEnded()) thread = startThread(SCRIPT, 'the sink')
      return openFile(thread, last++, classUid)
    },
    async close() {
      await thread?.close()
    },
  }
}

function openFile({ ask }: Thread<Order>, file: number, classUid: number): LakeFile {
  const written = new ByteWriter()
  let ends: number[] = []
  let rows = 0
  let isOpen = true
  let failure: { readonly reason: unknown } | undefined
  const order = (it: Order, transfer: readonly ArrayBuffer[] = []) =>
    ask(it, transfer).catch((reason: unknown) => {
      failure ??= { reason }
    })
  let before: Promise<unknown> = order({ kind: 'open', file, classUid })

  function send(): Promise<unknown> {
    const lines = new Uint8Array(written.written())
    const sent = order({ kind: 'add', file, payloads: { ends, lines } }, [lines.buffer])
    written.clear()
    ends = []
    const answered = before
    before = sent
    return answered
  }
  return {
    add(payload) {
      written.bytes(payload)
      ends.push(written.size)
      rows++
      return written.size < PIECE ? undefined : send()
    },
    async finish() {
      isOpen = false
      void send()
      const bytes = await order({ kind: 'finish', file, rows })
      if (failure !== undefined) throw failure.reason
      return bytes as Uint8Array
    },
    drop() {
      if (isOpen) void order({ kind: 'drop', file })
      isOpen = false
    },
  }
}
