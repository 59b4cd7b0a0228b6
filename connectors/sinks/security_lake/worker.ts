/** The thread that makes files of rows, which takes longer than everything else done for an event. */
import { type FlatLines, lineAt } from '../../../src/lib/flat-lines.ts'
import { serveThread } from '../../../src/lib/thread.ts'
import { CLASSES } from './columns.ts'
import { openParquet, type ParquetFile } from './parquet.ts'
import { rowOf } from './row.ts'

/** Files are identified by number. */
export type Order = { readonly file: number } & (
  | { readonly kind: 'open'; readonly classUid: number }
  | { readonly kind: 'add'; readonly payloads: FlatLines }
  /** Answers with the bytes of the file. */
  | { readonly kind: 'finish'; readonly rows: number }
  | { readonly kind: 'drop' }
)

const files = new Map<number, ParquetFile>()

serveThread<Order>(
  async (order) => {
    if (order.kind === 'close') return
    const { kind, file } = order
    if (kind === 'open') files.set(file, await openParquet(CLASSES[order.classUid]?.columns ?? {}))
    if (kind === 'add') addAll(opened(file), order.payloads)
    if (kind === 'drop') files.delete(file)
    return kind === 'finish' ? finish(file, order.rows) : undefined
  },
  (result) => (result instanceof Uint8Array ? [result.buffer as ArrayBuffer] : []),
)

function addAll({ add }: ParquetFile, payloads: FlatLines): void {
  for (let at = 0; at < payloads.ends.length; at++) add(rowOf(lineAt(payloads, at)))
}

function finish(file: number, rows: number): Uint8Array {
  const it = opened(file)
  files.delete(file)
  if (it.rows() !== rows) throw new Error(`a file has ${it.rows()} rows, not ${rows}`)
  return it.finish()
}

function opened(file: number): ParquetFile {
  const it = files.get(file)
  if (it === undefined) throw new Error('the file was not opened')
  return it
}
