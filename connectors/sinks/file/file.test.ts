import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { definition } from './index.ts'
import { openFile, scratchFolder } from './scratch.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await scratchFolder()
  path = join(folder, 'audit.log')
})

const NOBODY = 65534
const delivered = { kind: 'delivered' }

describe('writing', () => {
  it('creates missing folders, and a file that only its owner and group can read', async () => {
    path = join(folder, 'a/b/audit.ndjson')
    const { sink, batchOf } = openFile({ path })
    expect(await write(sink, batchOf(2))).toEqual([delivered, delivered])
    expect((await stat(path)).mode & 0o777).toBe(0o640)
  })

  it('touches nothing for an empty batch', async () => {
    const { sink, batchOf } = openFile({ path })
    expect(await write(sink, batchOf(0))).toEqual([])
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })

  it('keeps batches that arrive at once apart and in order', async () => {
    const { sink, batchOf } = openFile({ path, format: 'csv' })
    await Promise.all(Array.from({ length: 20 }, (_, index) => write(sink, batchOf(50, index * 50))))
    const whole = openFile({ path: join(folder, 'whole.csv'), format: 'csv' })
    await write(whole.sink, whole.batchOf(1000))
    expect(await text()).toBe(await readFile(join(folder, 'whole.csv'), 'utf8'))
  })

  it('continues after what is there, with one CSV header', async () => {
    for (const from of [0, 3]) {
      const { sink, batchOf } = openFile({ path, format: 'csv' })
      await write(sink, batchOf(3, from))
      await sink.close()
    }
    expect((await text()).match(/Timestamp,Name/g)).toHaveLength(1)
    expect((await text()).match(/,acme,/g)).toHaveLength(6)
  })

  it('is not done for a batch whose turn comes after the abort', async () => {
    const { sink, batchOf } = openFile({ path })
    const controller = new AbortController()
    const [first, second] = [write(sink, batchOf(1)), write(sink, batchOf(1, 1), controller.signal)]
    controller.abort()
    expect([await first, await second]).toMatchObject([[delivered], [{ kind: 'retry' }]])
    await sink.close()
    expect(await lines()).toHaveLength(1)
  })
})

describe.each(['native', 'csv'])('a torn last line of %s', (format) => {
  it('is cut off, wherever it was torn', async () => {
    const { sink, batchOf } = openFile({ path, format })
    const ends: number[] = []
    for (let from = 0; from < 5; from++) {
      await write(sink, batchOf(1, from))
      ends.push((await stat(path)).size)
    }
    await sink.close()
    const whole = await readFile(path)
    // Around each end, and all through the line whose description holds a line break.
    const cuts = ends.flatMap((end) => [end - 3, end - 2, end - 1, end, end + 1, end + 40])
    const [from = 0, to = 0] = ends.slice(1)
    const all = [...cuts, ...Array.from({ length: (to - from) / 5 }, (_, index) => from + 5 * index)]
    for (const cut of all.filter((it) => it <= whole.length)) {
      await writeFile(path, whole.subarray(0, cut))
      const again = openFile({ path, format })
      await write(again.sink, batchOf(1, 100))
      await again.sink.close()
      const kept = ends.findLast((end) => end <= cut) ?? 0
      const header = kept === 0 ? headerOf(format) : ''
      const expected = whole.toString('utf8', 0, kept) + header + lineOf(batchOf(1, 100), format)
      expect(await text(), `torn at ${cut}`).toBe(expected)
    }
  })

  it('is written again, if it was the first line or the header', async () => {
    const { sink, batchOf } = openFile({ path, format })
    await write(sink, batchOf(1))
    const whole = await text()
    await sink.close()
    for (const cut of [1, 10, whole.indexOf('\n')]) {
      await truncate(path, cut)
      const again = openFile({ path, format })
      await write(again.sink, batchOf(1))
      await again.sink.close()
      expect(await text()).toBe(whole)
    }
  })
})

describe('a file that contains something else', () => {
  it.each([
    ['csv', '{"uid":"1"}\n'],
    ['native', 'Timestamp,Name\r\n'],
    ['native', 'root:x:0:0:root:/root:/bin/sh'],
  ])('is left alone by %s: %j', async (format, content) => {
    await writeFile(path, content)
    const { sink, batchOf } = openFile({ path, format })
    const [outcome] = await write(sink, batchOf(1))
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('something else') })
    expect(await text()).toBe(content)
  })
})

describe('a log rotator', () => {
  it('that moves the file away is noticed at the next write', async () => {
    const { sink, batchOf } = openFile({ path })
    await write(sink, batchOf(2))
    await rename(path, `${path}.1`)
    await write(sink, batchOf(3, 2))
    expect(await lines()).toHaveLength(3)
    expect(await lines(`${path}.1`)).toHaveLength(2)
  })

  it('that puts another file in its place is noticed too', async () => {
    const { sink, batchOf } = openFile({ path })
    await write(sink, batchOf(2))
    await rename(path, `${path}.1`)
    await writeFile(path, '')
    await write(sink, batchOf(3, 2))
    expect(await lines()).toHaveLength(3)
  })

  it('that empties the file (copytruncate) leaves no hole in it', async () => {
    const { sink, batchOf } = openFile({ path, format: 'csv' })
    await write(sink, batchOf(2))
    await truncate(path, 0)
    await write(sink, batchOf(1))
    expect(await text()).toMatch(/^Timestamp,/)
  })

  it('that removes the file during a write loses no event', async () => {
    const { sink, batchOf } = openFile({ path })
    await write(sink, batchOf(1))
    const batch = batchOf(2)
    const events = batch.events.map((event) => ({
      ...event,
      get payload() {
        rmSync(path, { force: true })
        return event.payload
      },
    }))
    const [outcome] = await write(sink, { ...batch, events })
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining('removed') })
    expect(await write(sink, batch)).toEqual([delivered, delivered])
    expect(await lines()).toHaveLength(2)
  })

  it('that asks for a reopen finds no handle on the old file', async () => {
    const { sink, batchOf } = openFile({ path })
    await write(sink, batchOf(1))
    await rename(path, `${path}.1`)
    await sink.reopen?.()
    expect(await openPaths()).not.toContain(`${path}.1`)
    await write(sink, batchOf(1, 1))
    expect(await lines()).toHaveLength(1)
  })
})

describe('what an operator must fix', () => {
  it('pauses: a folder at the path', async () => {
    await mkdir(path)
    await expectPause('this is a folder')
  })

  it('pauses: a file instead of a folder', async () => {
    await writeFile(join(folder, 'file'), '')
    path = join(folder, 'file/audit.ndjson')
    await expectPause('not a folder')
  })

  it('pauses: a named pipe', async () => {
    execFileSync('mkfifo', [path])
    await expectPause('not a regular file')
  })

  it('pauses: a loop of links', async () => {
    await symlink(path, path)
    await expectPause('too many symbolic links')
  })

  it('pauses: no permission to write', async () => {
    const asRoot = process.geteuid?.() === 0
    await chmod(folder, 0o555)
    const { sink, batchOf } = openFile({ path })
    // Root may write everywhere, so the test is somebody else meanwhile.
    if (asRoot) process.seteuid?.(NOBODY)
    const [outcome] = await write(sink, batchOf(1))
    if (asRoot) process.seteuid?.(0)
    await chmod(folder, 0o755)
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('not permitted') })
  })

  async function expectPause(reason: string): Promise<void> {
    const { sink, batchOf } = openFile({ path })
    const outcomes = await write(sink, batchOf(2))
    expect(outcomes).toMatchObject(
      new Array(2).fill({ kind: 'pause', reason: expect.stringContaining(reason) }),
    )
    const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    expect(result).toMatchObject({ ok: false, detail: expect.stringContaining(reason) })
  }
})

describe('check', () => {
  it('creates nothing', async () => {
    const missing = join(folder, 'a/b/audit.ndjson')
    const { sink } = openFile({ path: missing })
    const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    expect(result).toMatchObject({ ok: true, detail: expect.stringContaining('will be created') })
    await expect(stat(join(folder, 'a'))).rejects.toThrow('ENOENT')
  })

  it('changes nothing, not even a torn line', async () => {
    await writeFile(path, '{"uid":"1"}\n{"ui')
    const { sink } = openFile({ path })
    const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    expect(result).toMatchObject({ ok: true, detail: expect.stringContaining('holds 16 bytes') })
    expect(await text()).toBe('{"uid":"1"}\n{"ui')
  })
})

describe('options', () => {
  it.each([
    ['a rotation that never comes', { rotate: { keep: 3 } }, 'rotate'],
    ['rotation of standard output', { path: '-', rotate: { max_bytes: '1MiB' } }, 'rotate'],
    ['compression without rotation', { compression: 'gzip' }, 'compression'],
    ['no file kept', { rotate: { max_age: '1h', keep: 0 } }, 'rotate'],
  ])('refuse %s', (_, options, key) => {
    const { error } = definition.config.safeParse({ path: 'audit.ndjson', ...options })
    expect(error?.issues.map((issue) => issue.path[0])).toEqual([key])
  })
})

async function text(): Promise<string> {
  return readFile(path, 'utf8')
}

async function lines(of = path): Promise<string[]> {
  return (await readFile(of, 'utf8')).split('\n').slice(0, -1)
}

async function openPaths(): Promise<string[]> {
  const fds = await readdir('/proc/self/fd')
  return Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
}

function headerOf(format: string): string {
  return format === 'csv' ? `${lineFormat('csv').header}\r\n` : ''
}

function lineEnd(format: string): string {
  return format === 'csv' ? '\r\n' : '\n'
}

function lineOf(batch: { events: readonly { payload: Uint8Array }[] }, format: string): string {
  return batch.events.map(({ payload }) => Buffer.from(payload).toString() + lineEnd(format)).join('')
}
