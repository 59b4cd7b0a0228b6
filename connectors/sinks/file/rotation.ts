/**
 * Rotated files stand beside the live one as `audit-20261122T220000Z-1.ndjson[.gz|.zst]`. Moving away is one
 * rename. The rest, compressing and deleting, is `tidy`: it looks at what is there and finishes it, so what
 * a crash left half done is simply finished at the next open.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { COMPRESSED_ENDING, createCompressor } from '../../../src/lib/compression.ts'
import type { Config } from './config.ts'

export function createRotation(config: Config, context: SinkContext) {
  const { path, rotate = {} } = config
  const folder = dirname(path)
  const stopping = new AbortController()
  /** Resolves with why the last `tidy` failed; empty if it did not. */
  let tidying = Promise.resolve('')

  async function tidy(): Promise<void> {
    const rotated = groupByStem(await readdir(folder), path)
    const surplus = rotated.length - (rotate.keep ?? Infinity)
    for (const [index, { stem, names }] of rotated.entries()) {
      const isSurplus = index < surplus
      for (const name of isSurplus ? names : names.filter((it) => it.endsWith(UNFINISHED))) {
        await rm(join(folder, name), { force: true })
      }
      if (isSurplus || config.compression === 'none' || !names.includes(stem)) continue
      await compress(join(folder, stem), config.compression)
      await rm(join(folder, stem))
    }
  }

  /** The compressed file appears under its name only when it is whole and on the disk. */
  async function compress(plain: string, compression: 'gzip' | 'zstd'): Promise<void> {
    const compressed = plain + COMPRESSED_ENDING[compression]
    const unfinished = compressed + UNFINISHED
    const target = createWriteStream(unfinished, { mode: 0o640, flush: true })
    const encoder = createCompressor(compression)
    const whole = pipeline(createReadStream(plain), encoder, target, { signal: stopping.signal })
    await whole.catch((error) => rm(unfinished, { force: true }).then(() => Promise.reject(error)))
    await rename(unfinished, compressed)
    await syncFolder(folder)
  }

  return {
    /** Whether the live file must be moved away before `more` bytes are added. An empty one never. */
    isDue({ size, bornAt }: { readonly size: number; readonly bornAt: number }, more: number): boolean {
      if (size === 0) return false
      const { max_bytes = Infinity, max_age = Infinity } = rotate
      // The age of a file born in the future is unknown: the clock has been set back since.
      return size + more > max_bytes || Math.abs(context.now() - bornAt) >= max_age
    },
    /** Renames the live file, which must be closed. */
    async moveAway(): Promise<void> {
      await rename(path, join(folder, freeName(await readdir(folder), path, context.now())))
      await syncFolder(folder)
    },
    /** Compresses and deletes in the background. What fails is tried again at the next call; a new reason is logged. */
    tidy(): void {
      if (config.rotate === undefined) return
      tidying = tidying.then(async (before) => {
        const reason = await tidy().then(() => '', messageOf)
        const isNew = reason !== '' && reason !== before && !stopping.signal.aborted
        if (isNew) context.logger.warn('rotated files could not be tidied up', { path, reason })
        return reason
      })
    },
    /** Gives background work a moment to end; what takes longer is given up, and started over at the next open. */
    async close(): Promise<void> {
      const late = setTimeout(() => stopping.abort(), CLOSING_MS)
      await tidying
      clearTimeout(late)
    },
  }
}

/** Makes a new or renamed entry of a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

const UNFINISHED = '.tmp'

/** Far below `shutdown_timeout`, and enough for a file of 100 MB. */
const CLOSING_MS = 2000

/** By the name without compression ending; oldest first. */
export function groupByStem(names: readonly string[], path: string) {
  const groups = Map.groupBy(rotatedFiles(names, path), ({ stem }) => stem)
  return [...groups].map(([stem, all]) => ({ stem, names: all.map(({ name }) => name) }))
}

/** Oldest first. */
function rotatedFiles(names: readonly string[], path: string) {
  const live = parse(path)
  const [prefix, ending] = [live.name, live.ext].map((part) => RegExp.escape(part))
  const rotated = new RegExp(`^(${prefix}-(\\d{8}T\\d{6}Z)-(\\d+)${ending})(|\\.gz|\\.zst)(|\\.tmp)$`)
  return names
    .flatMap((name) => {
      const [, stem, time = '', number] = rotated.exec(name) ?? []
      return stem === undefined ? [] : [{ name, stem, time, number: Number(number) }]
    })
    .sort((a, b) => (a.time === b.time ? a.number - b.number : a.time < b.time ? -1 : 1))
}

/**
 * Counts on from the last file of the same second, or of a later one if the clock has been set back since: a file's
 * name sorts after those rotated before it.
 */
function freeName(names: readonly string[], path: string, now: number): string {
  const { name, ext } = parse(path)
  const present = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const last = rotatedFiles(names, path).at(-1)
  if (last === undefined || last.time < present) return `${name}-${present}-1${ext}`
  return `${name}-${last.time}-${last.number + 1}${ext}`
}
