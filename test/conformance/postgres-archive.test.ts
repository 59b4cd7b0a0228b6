import { afterAll, beforeAll, describe } from 'vitest'
import { createPostgresArchive } from '../../src/archive/postgres/archive.ts'
import { Secret } from '../../src/lib/secret.ts'
import { type PostgresServer, startPostgres } from '../postgres/server.ts'
import { describeArchive } from './archive.ts'

describe('an archive in PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  describeArchive(async () =>
    createPostgresArchive({
      database: new Secret(await server.database()),
      tls: { insecureSkipVerify: false },
      now: Date.now,
    }),
  )
})
