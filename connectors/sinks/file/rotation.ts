/**
 * Rotated files stand beside the live one as `audit-20261122T220000Z-1.ndjson[.gz|.zst]`. Moving away is one
 * rename. The rest, compressing and deleting, is `tidy`: it looks at what is there and finishes it, so what
 * a crash left half done is simply finished at the next open.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import type { SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import type { Config } from './config.ts'

export interface Rotation {
  /** Whether the live file must be moved away before `more` bytes are added. An empty one never. */
  isDue(live: { readonly size: number; readonly bornAt: number }, more: number): boolean
  /** Renames the live file, which must be closed. */
  moveAway(): Promise<void>
  /** Compresses and deletes in the background; failures are logged, and tried again at the next call. */
  tidy(): void
  /** Lets what runs in the background end, for a moment; what takes longer is given up, and begun anew at the next open. */
  close(): Promise<void>
}

export function createRotation(config: Config, context: SinkContext): Rotation {
  const { path, rotate = {} } = config
  const folder = dirname(path)
  const ending = ENDINGS[config.compression]
  const stopping = new AbortController()
  let tidying = Promise.resolve()

  async function tidy(): Promise<void> {
    const rotated = groupByStem(await readdir(folder), path)
    const surplus = rotate.keep === undefined ? 0 : Math.max(0, rotated.length - rotate.keep)
    for (const { names } of rotated.slice(0, surplus)) await removeAll(folder, names)
    for (const { stem, names } of rotated.slice(surplus)) {
      const unfinished = names.filter((name) => name.endsWith(UNFINISHED))
      await removeAll(folder, unfinished)
      if (ending === '' || !names.includes(stem)) continue
      await compress(join(folder, stem))
      await rm(join(folder, stem))
    }
  }

  /** The compressed file appears under its name only when it is whole and on the disk. */
  async function compress(plain: string): Promise<void> {
    const unfinished = plain + ending + UNFINISHED
    const compressor = config.compression === 'zstd' ? createZstdCompress() : createGzip()
    const target = createWriteStream(unfinished, { mode: 0o640, flush: true })
    const whole = pipeline(createReadStream(plain), compressor, target, { signal: stopping.signal })
    await whole.catch((error) => rm(unfinished, { force: true }).then(() => Promise.reject(error)))
    await rename(unfinished, plain + ending)
    await syncFolder(folder)
  }

  return {
    isDue({ size, bornAt }, more) {
      if (size === 0) return false
      const { max_bytes = Infinity, max_age = Infinity } = rotate
      return size + more > max_bytes || context.now() - bornAt >= max_age
    },
    async moveAway() {
      await rename(path, join(folder, freeName(await readdir(folder), path, context.now())))
      await syncFolder(folder)
    },
    tidy() {
      if (config.rotate === undefined) return
      tidying = tidying.then(tidy).catch((error) => {
        if (!stopping.signal.aborted) {
          context.logger.warn('rotated files could not be tidied up', { path, reason: messageOf(error) })
        }
      })
    },
    async close() {
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

const ENDINGS = { none: '', gzip: '.gz', zstd: '.zst' } as const
const UNFINISHED = '.tmp'

/** Far below `shutdown_timeout`, and enough for a file of 100 MB. */
const CLOSING_MS = 2000

interface Rotated {
  /** The name without compression ending. */
  readonly stem: string
  /** All names that exist for it. */
  readonly names: readonly string[]
}

/** Oldest first. */
export function groupByStem(names: readonly string[], path: string): Rotated[] {
  const found = names.flatMap((name) => {
    const parts = partsOf(name, path)
    return parts === undefined ? [] : [{ name, ...parts }]
  })
  found.sort((a, b) => (a.time === b.time ? a.number - b.number : a.time < b.time ? -1 : 1))
  const groups = Map.groupBy(found, ({ stem }) => stem)
  return [...groups].map(([stem, all]) => ({ stem, names: all.map(({ name }) => name) }))
}

function partsOf(name: string, path: string): { stem: string; time: string; number: number } | undefined {
  const live = parse(path)
  const [prefix, ending] = [live.name, live.ext].map((part) => RegExp.escape(part))
  const rotated = new RegExp(`^(${prefix}-(\\d{8}T\\d{6}Z)-(\\d+)${ending})(|\\.gz|\\.zst)(|\\.tmp)$`)
  const [, stem, time = '', number = ''] = rotated.exec(name) ?? []
  return stem === undefined ? undefined : { stem, time, number: Number(number) }
}

/**
 * Counts on from the last file of the same second; of a later one, if the clock was set back since: by its name a file
 * stands behind those that were rotated before it.
 */
function freeName(names: readonly string[], path: string, now: number): string {
  const taken = names.flatMap((name) => partsOf(name, path) ?? [])
  const present = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const time = taken.reduce((last, one) => (one.time > last ? one.time : last), present)
  const number = Math.max(0, ...taken.map((one) => (one.time === time ? one.number : 0))) + 1
  const { name, ext } = parse(path)
  return `${name}-${time}-${number}${ext}`
}

async function removeAll(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(folder, name), { force: true })
}
