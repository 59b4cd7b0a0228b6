import { resolve } from 'node:path'
import type { z } from 'zod'
import type { RedisAddress, StateConfig } from '../config.ts'
import { stateOptions } from '../schema.ts'
import { readSection, type SectionContext } from '../section.ts'
import type { MapTree } from '../tree.ts'
import { tlsOf, warnUnverified } from './connection.ts'

export function resolveState(section: MapTree, context: SectionContext): StateConfig | undefined {
  const state = readSection(stateOptions, section, ['state'], context)
  if (state === undefined) return undefined
  const keys = state.encryption_key
  const every = {
    maxSpoolBytes: state.max_spool,
    ...(state.mirror !== undefined && { mirror: mirrorAt(state.mirror, context.folder) }),
    ...(keys !== undefined && { encryptionKeys: keys }),
  }
  if (state.type === 'redis') {
    warnUnverified(state.tls, ['state'], context)
    return {
      type: 'redis',
      address: addressOf(state),
      prefix: state.prefix,
      leaseMs: state.lease,
      ...every,
    }
  }
  // The default path has not been resolved: it doesn't stand in the file.
  return { type: 'embedded', path: resolve(context.folder, state.path), ...every }
}

function addressOf(state: z.output<typeof stateOptions>): RedisAddress {
  const { url, username, password, tls, sentinel, cluster } = state
  const { name, nodes } = sentinel
  return {
    ...(url !== undefined && { url }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    tls: tlsOf(tls),
    ...(cluster.length > 0 && { cluster }),
    ...(name !== undefined && {
      sentinel: {
        name,
        nodes,
        ...(sentinel.username !== undefined && { username: sentinel.username }),
        ...(sentinel.password !== undefined && { password: sentinel.password }),
      },
    }),
  }
}

function mirrorAt(address: string, folder: string): string {
  return address.startsWith('s3://') ? address : resolve(folder, address)
}
