import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteArchive } from '../../../src/archive/sqlite/archive.ts'
import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'

export const harness: SinkHarness = {
  type: 'archive',
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'auditferry-archive-'))
    const path = join(folder, 'archive.db')
    return {
      options: { path },
      async received() {
        const archive = createSqliteArchive({ path, now: Date.now })
        try {
          const uids: string[] = []
          for await (const events of archive.read({}, AbortSignal.timeout(PATIENCE_MS)))
            uids.push(...events.map(({ uid }) => uid))
          return uids
        } finally {
          await archive.close()
        }
      },
      stop: () => rm(folder, { recursive: true }),
    }
  },
}
