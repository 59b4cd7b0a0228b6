import { generateKeyPairSync } from 'node:crypto'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { definition } from '../../connectors/sinks/file/index.ts'
import { register } from '../../src/cli/verify.ts'
import { OperationError } from '../../src/errors.ts'
import { type Manifest, sealManifest } from '../../src/integrity/manifest.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { write } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { inFolder } from '../verify/outputs.ts'
import { createHarness } from './harness.ts'

afterEach(() => {
  process.exitCode = undefined
})

async function delivered(folder: string): Promise<string> {
  const path = join(folder, 'audit.ndjson')
  const { sink, format } = openSink(definition, { path, integrity: 'chain' })
  await write(sink, batchOf(auditEvents(5), format))
  await sink.close()
  return path
}

const DAY = '2026-11-22T00:00:00Z'
const FIRST: Manifest = {
  ...{ version: 1, sink: 's3', number: 0, key: 'manifests/s3/00000000.json', from: DAY, to: DAY, at: DAY },
  ...{ previous: null, objects: [] },
}

const run = (...args: string[]) => createHarness(register).run('verify', ...args)

it('says that a file is intact, alone and in its folder, with exit code 0', async () => {
  await inFolder(async (folder) => {
    const path = await delivered(folder)
    for (const named of [path, folder]) {
      expect(await run(named)).toBe('whole: 5 events in 1 file\n')
      expect(process.exitCode).toBe(0)
    }
  })
})

it('names the event in one line that begins like a compiler’s, and in JSON, with exit code 1', async () => {
  await inFolder(async (folder) => {
    const path = await delivered(folder)
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.toSpliced(2, 1).join('\n'))
    const [third, fourth] = auditEvents(2, 2)
    const message = `event 3 is missing before the event with uid ${fourth?.uid}`
    expect((await run(folder)).split('\n')[0]).toBe(`${path}:3: missing: ${message}`)
    expect(process.exitCode).toBe(1)
    expect(JSON.parse(await run(folder, '--json'))).toMatchObject({
      ok: false,
      files: 1,
      events: 4,
      manifests: 0,
      faults: [{ kind: 'missing', file: path, line: 3, message }],
    })
    expect(third?.uid).not.toBe(fourth?.uid)
  })
})

it('reports missing manifests if a key for them is given and there are none', async () => {
  await inFolder(async (folder) => {
    const path = await delivered(folder)
    const key = join(folder, 'key.pem')
    const { publicKey } = generateKeyPairSync('ed25519')
    await writeFile(key, publicKey.export({ type: 'spki', format: 'pem' }))
    expect(await run(path, '--public-key', key)).toContain(`${path}: missing: there is no manifest here`)
    expect(process.exitCode).toBe(1)
    // Each place: those of one must not stand for those that were removed from another.
    const other = join(folder, 'other.ndjson')
    await copyFile(path, other)
    const both = await run(path, other, '--public-key', key)
    expect(both).toContain(`${path}: missing: there is no manifest here`)
    expect(both).toContain(`${other}: missing: there is no manifest here`)
  })
})

it('looks in all places for a manifest that was kept elsewhere', async () => {
  await inFolder(async (folder) => {
    const places = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const path = join(folder, name, 'manifests', 's3')
        await mkdir(path, { recursive: true })
        await writeFile(join(path, '00000000.json'), sealManifest({ ...FIRST, sink: name }, undefined))
        return join(folder, name)
      }),
    )
    const kept = join(folder, 'kept.json')
    const found = join(folder, 'b', 'manifests', 's3', '00000000.json')
    await copyFile(found, kept)
    expect(await run(...places, '--manifest', kept)).toContain('whole: 0 events in 0 files, 2 manifests')
    await rm(found)
    expect(await run(...places, '--manifest', kept)).toContain(`the manifest of ${kept} is not here`)
  })
})

it('refuses what does not exist, a folder without events, and an invalid key', async () => {
  await inFolder(async (folder) => {
    const none = join(folder, 'none')
    await expect(run(none)).rejects.toThrow(
      new OperationError(
        `no such file or folder: ${none}; name one that is there, such as the \`path\` of a file sink, or s3://bucket/prefix`,
      ),
    )
    await expect(run(folder)).rejects.toThrow('there are no events here')
    await writeFile(join(folder, 'audit.db'), '')
    await expect(run(folder)).rejects.toThrow(/archives in \.db\); audit\.db: is no archive/)
    const path = await delivered(folder)
    await expect(run(path, '--public-key', path)).rejects.toThrow('expected a public key of Ed25519 in PEM')
    await expect(run('s3:///x')).rejects.toThrow('expected s3://bucket/prefix')
  })
})

it('shows no control character of a damaged file', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'audit.ndjson')
    await writeFile(path, '\u001b[2J\u009b\u202e\n')
    const printed = await run(path)
    expect(printed).toContain("can't be read any further")
    expect(printed.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\p{Cf}]*$/u)
  })
})
