/** A Kysely dialect over a thread that reads an archive. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { ArchiveThread } from './messages.ts'

export function threadDialect(read: ArchiveThread['ask']): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      return { rows: (await read({ kind: 'query', sql, parameters })) as Row[] }
    },
    // Nothing streams: the rows of an archive are read a page at a time.
    streamQuery: refuse,
  }
  return {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      async init() {},
      acquireConnection: async () => connection,
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      async releaseConnection() {},
      async destroy() {},
    }),
  }
}

function refuse(): never {
  throw new Error('an archive is read a statement at a time')
}
