import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'

export const harness: SinkHarness = {
  type: 'file',
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'auditferry-file-'))
    const path = join(folder, 'audit.ndjson')
    return {
      options: { path },
      async received() {
        const text = await readFile(path, 'utf8').catch(() => '')
        return text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => (JSON.parse(line) as { uid: string }).uid)
      },
      stop: () => rm(folder, { recursive: true }),
    }
  },
}
