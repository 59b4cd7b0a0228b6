/** `engine.json` in the state folder: how a command finds the engine that runs. */
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ServerConfig } from '../config/config.ts'
import { errorCode, messageOf, OperationError } from '../errors.ts'
import { parseObject } from '../lib/json-text.ts'
import { Secret } from '../lib/secret.ts'
import { isAlive, OWNER_FILE } from '../spool/sqlite/owner.ts'

const engineFile = z.object({
  pid: z.int().positive(),
  url: z.url(),
  /** RFC 3339. */
  startedAt: z.string(),
  /** What a command identifies itself with if the configuration has users but no admin token. Made by each process, never stored elsewhere. */
  token: z.string().exactOptional(),
})

export type EngineFile = z.infer<typeof engineFile>

/** With the path of the state folder that the engine holds, and its inode. Earlier versions did not write them. */
const storedFile = engineFile.extend({
  folder: z.string().exactOptional(),
  inode: z.string().exactOptional(),
})

/** Mode 0600 and in one piece: a command never reads half of it. Throws OperationError. */
export async function writeEngineFile(statePath: string, content: EngineFile): Promise<void> {
  const path = pathIn(statePath)
  try {
    const stored = { ...content, folder: statePath, inode: await inodeOf(statePath) }
    await writeFile(`${path}.new`, `${JSON.stringify(stored)}\n`, { mode: 0o600 })
    await rename(`${path}.new`, path)
  } catch (thrown) {
    await rm(`${path}.new`, { force: true }).catch(() => {})
    throw new OperationError(
      errorCode(thrown) === 'ENOSPC'
        ? `no space left for ${path}: free some space and start again`
        : `${path} can't be written: ${messageOf(thrown)}`,
    )
  }
}

export async function removeEngineFile(statePath: string): Promise<void> {
  await rm(pathIn(statePath), { force: true })
}

/** Undefined when there is none, it can't be read, its process is gone, or it holds another folder. */
export async function findEngine(statePath: string): Promise<EngineFile | undefined> {
  const content = await readFile(pathIn(statePath), 'utf8').catch(() => '')
  const parsed = storedFile.safeParse(parseObject(content))
  if (!parsed.success) return undefined
  const { folder = statePath, inode, ...engine } = parsed.data
  return isAlive(engine.pid) && !(await isCopy(statePath, folder, inode)) ? engine : undefined
}

/**
 * A copy of a folder in use names the engine of `original` too: what is asked of the copy must not be done there. One
 * folder may have several names, and another one in each container: there, `original` may be a folder of the image.
 */
async function isCopy(statePath: string, original: string, inode: string | undefined): Promise<boolean> {
  const here = await inodeOf(statePath)
  if (here === undefined || here === inode) return false
  const there = await inodeOf(original)
  return there !== undefined && there !== here
}

/** Tells one folder of this machine from all others, by whatever path; undefined if there is none to be seen. */
async function inodeOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found && `${found.dev}:${found.ino}`
}

/** How a command on this machine identifies itself. */
export function commandToken({ adminToken }: ServerConfig, { token }: EngineFile): Secret | undefined {
  return adminToken ?? (token === undefined ? undefined : new Secret(token))
}

function pathIn(statePath: string): string {
  return join(statePath, OWNER_FILE)
}
