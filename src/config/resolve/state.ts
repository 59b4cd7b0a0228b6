import { statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { RedisAddress, StateConfig } from '../config.ts'
import { stateOptions } from '../schema.ts'
import { errorAt, readSection, type SectionContext } from '../section.ts'
import type { MapTree } from '../tree.ts'
import { tlsOf, warnUnverified } from './connection.ts'

export function resolveState(section: MapTree, context: SectionContext): StateConfig | undefined {
  const state = readSection(stateOptions, section, ['state'], context)
  if (state === undefined) return undefined
  const keys = state.encryption_key
  // The default path has not been resolved: it doesn't stand in the file.
  const path = resolve(context.folder, state.path)
  const mirror = state.mirror === undefined ? undefined : mirrorAt(state.mirror, context.folder)
  const fault = mirror === undefined ? undefined : faultOfMirror(mirror, path)
  if (fault !== undefined) errorAt(context, ['state', 'mirror'], fault)
  const every = {
    maxSpoolBytes: state.max_spool,
    ...(mirror !== undefined && { mirror }),
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
  return { type: 'embedded', path, ...every }
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

/** A mirror replaces the file whose name it has. */
function faultOfMirror(mirror: string, statePath: string): string | undefined {
  if (mirror.startsWith('s3://')) return undefined
  if (dirname(mirror) === statePath && OF_THE_STATE.test(basename(mirror)))
    return 'is a file of the state itself: name another, best on another disk'
  if (mirror === statePath || isFolder(mirror)) return 'is a folder: name a file in it, such as mirror.json'
  return undefined
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

const OF_THE_STATE = /^(auditferry\.db|engine\.json)/
