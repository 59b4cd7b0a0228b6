import type { Archive } from '../archive/archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import { offered } from '../unknown-id.ts'
import { RequestError } from './route.ts'

/** The archive of that id, else the configuration's first. Throws RequestError 404. */
export function archiveOf(engine: Pick<EngineApi, 'archives'>, id?: string): Archive {
  const archives = engine.archives()
  if (archives.size === 0) throw new RequestError(404, NONE)
  const [first] = archives.keys()
  const archive = archives.get(id ?? first ?? '')
  if (archive !== undefined) return archive
  throw new RequestError(
    404,
    `archive: no archive of this id; there ${offered(id ?? '', [...archives.keys()])}`,
  )
}

const NONE = `no archive is configured; add to the configuration file:
sinks:
  archive:
    type: archive
    path: ./data/archive.db`
