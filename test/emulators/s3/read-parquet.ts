/** Parquet files as a consumer reads them: by Apache Arrow's implementation in Rust, which shares nothing with the writer. */
import { tableFromIPC } from 'apache-arrow'
import { readParquet as parse } from 'parquet-wasm'

interface ParquetContent {
  /** Values as in JSON: null members are left out, and 64-bit integers are numbers. */
  readonly rows: readonly Record<string, unknown>[]
  /** Arrow's type of each column by its name. */
  readonly types: Readonly<Record<string, string>>
}

/** `columns`: the names to read; all by default. */
export function readParquet(body: Uint8Array, columns?: string[]): ParquetContent {
  const options = columns === undefined ? null : { columns }
  const table = tableFromIPC(parse(new Uint8Array(body), options).intoIPCStream())
  const types = table.schema.fields.map(({ name, type }) => [name, String(type)])
  return {
    rows: table.toArray().map((row) => present(row?.toJSON()) as Record<string, unknown>),
    types: Object.fromEntries(types),
  }
}

function present(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  if (Symbol.iterator in value && 'toArray' in value) return Array.from(value as Iterable<unknown>, present)
  const plain = 'toJSON' in value ? (value as { toJSON(): object }).toJSON() : value
  const entries = Object.entries(plain).map(([name, it]) => [name, present(it)] as const)
  const said = entries.filter(([, it]) => it !== undefined)
  return said.length === 0 ? undefined : Object.fromEntries(said)
}
