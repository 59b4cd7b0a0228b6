/** The archive that the options name. */
import type { StoredArchive } from '../../../src/archive/stored-archive.ts'
import type { SinkContext } from '../../../src/connector.ts'
import { UsageError } from '../../../src/errors.ts'
import type { Config } from './config.ts'

type Context = Pick<SinkContext, 'now' | 'connection'>

/** Loaded on first use: the query builder takes megabytes, which a run without an archive does without. */
export function openArchive(config: Config, context: Context): StoredArchive {
  let loading: Promise<StoredArchive> | undefined
  const archive = () => {
    loading ??= load(config, context)
    return loading
  }
  return {
    page: async (...asked) => (await archive()).page(...asked),
    find: async (...asked) => (await archive()).find(...asked),
    histogram: async (...asked) => (await archive()).histogram(...asked),
    top: async (...asked) => (await archive()).top(...asked),
    extent: async (...asked) => (await archive()).extent(...asked),
    async *read(...asked) {
      yield* (await archive()).read(...asked)
    },
    follow(...asked) {
      // Starts now, so that what is appended after this call is followed, and not only what comes after the first read.
      const following = archive().then((it) => it.follow(...asked))
      following.catch(() => undefined)
      return (async function* () {
        yield* await following
      })()
    },
    append: async (...given) => (await archive()).append(...given),
    mayAppend: async () => (await archive()).mayAppend?.(),
    dropBefore: async (...given) => (await archive()).dropBefore(...given),
    verify: async () => (await archive()).verify(),
    release: async () => (await loading)?.release?.(),
    close: async () => (await loading)?.close(),
  }
}

async function load({ path, database }: Config, context: Context): Promise<StoredArchive> {
  const { now, connection } = context
  if (database !== undefined) {
    const { createPostgresArchive } = await import('../../../src/archive/postgres/archive.ts')
    return createPostgresArchive({ database, tls: connection.tls, now })
  }
  if (path === undefined) throw new UsageError('an archive needs `path` or `database`')
  const { createSqliteArchive } = await import('../../../src/archive/sqlite/archive.ts')
  return createSqliteArchive({ path, now })
}
