import { afterAll, beforeAll, describe } from 'vitest'
import { createPostgresArchive } from '../../src/archive/postgres/archive.ts'
import { Secret } from '../../src/lib/secret.ts'
import { type PostgresServer, startPostgres } from '../postgres/server.ts'
import { describeArchive } from './archive.ts'
import { describeTexts } from './archive-texts.ts'

describe('an archive in PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  const open = (url: string) =>
    createPostgresArchive({
      database: new Secret(url),
      tls: { insecureSkipVerify: false },
      now: Date.now,
    })

  describeArchive(async () => open(await server.database()))

  describeTexts(async () => {
    const url = await server.database()
    const byHand = (sql: string) =>
      server.query(url, `SET search_path = auditferry_archive, pg_catalog; ${sql}`)
    return {
      open: () => open(url),
      texts: async () =>
        (await server.query(url, 'SELECT text FROM auditferry_archive.texts'))
          .map(({ text }) => String(text))
          .sort(),
      byHand,
    }
  }, "INSERT INTO texts (text) SELECT 'left ' || i FROM generate_series(1, 25000) AS i")
})
