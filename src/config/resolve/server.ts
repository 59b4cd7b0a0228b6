import type { ServerConfig } from '../config.ts'
import { isLoopbackHost } from '../loopback.ts'
import { serverOptions } from '../schema.ts'
import { readSection, type SectionContext } from '../section.ts'
import { type MapTree, offsetOf } from '../tree.ts'

/** `server`; undefined after errors were reported. */
export function resolveServer(section: MapTree, context: SectionContext): ServerConfig | undefined {
  const server = readSection(serverOptions, section, ['server'], context)
  if (server === undefined) return undefined
  const { listen, admin_token: adminToken, console } = server
  if (adminToken === undefined && !isLoopbackHost(listen.host)) {
    const path = ['server', 'listen']
    const message = 'listening beyond this machine needs server.admin_token'
    context.problems.error(offsetOf(context.root, path), path, message)
  }
  return { ...listen, console, ...(adminToken !== undefined && { adminToken }) }
}
