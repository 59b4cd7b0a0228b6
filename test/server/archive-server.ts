/** A server with archives in memory, and requests to it. */
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { startServer } from '../../src/server/server.ts'
import { createFakeEngine } from './fake-engine.ts'
import { createMemoryArchive, type MemoryArchive } from './memory-archive.ts'

export interface ArchiveServer extends AsyncDisposable {
  readonly url: string
  readonly archive: MemoryArchive
  get(path: string, headers?: Record<string, string>): Promise<Response>
  json(path: string): Promise<unknown>
  endStreams(): Promise<void>
  close(): Promise<void>
}

export async function startArchiveServer(
  options: { ids?: readonly string[]; token?: string } = {},
): Promise<ArchiveServer> {
  const { ids = ['archive', 'second'], token } = options
  const archive = createMemoryArchive()
  const archives = new Map(ids.map((id, at) => [id, at === 0 ? archive : createMemoryArchive()]))
  const adminToken = token === undefined ? {} : { adminToken: new Secret(token) }
  const server = await startServer({
    server: { host: '127.0.0.1', port: 0, console: false, ...adminToken },
    engine: { ...createFakeEngine(), archives: () => archives },
    prometheus: { text: async () => '' },
    logger: silentLogger,
    version: '0.1.0',
  })
  const get = (path: string, headers = {}) => fetch(server.url + path, { headers })
  return {
    url: server.url,
    archive,
    get,
    json: async (path) => (await get(path)).json(),
    endStreams: server.endStreams,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}
