/** A file sink whose files are moved by logrotate, or taken away by somebody, is read back as far as it is there. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { lines, openRig, type Rig } from './rig.ts'

const named = (examples: readonly { description: string }[] = []) =>
  examples.map((it) => it.description).sort()

/** One event in each file: `.2`, `.1` and the live one. */
async function rotatedTwice(): Promise<Rig> {
  const rig = openRig()
  rig.add([
    [5, 'a'],
    [70, 'b'],
    [130, 'c'],
  ])
  expect(await rig.run()).toEqual([])
  const [a, b, c] = ['a', 'b', 'c'].map((text) =>
    lines(rig.path).find((line) => line.includes(`"description":"${text}"`)),
  )
  writeFileSync(`${rig.path}.2`, `${a}\n`)
  writeFileSync(`${rig.path}.1`, `${b}\n`)
  rig.rewrite(() => [c as string])
  return rig
}

it('by its numbers, dates and compressions: nothing is missing, and nothing sent again', async () => {
  const rig = await rotatedTwice()
  writeFileSync(`${rig.path}-20261122.gz`, gzipSync(readFileSync(`${rig.path}.2`)))
  rmSync(`${rig.path}.2`)
  writeFileSync(`${rig.path}.1.zst`, zstdCompressSync(readFileSync(`${rig.path}.1`)))
  rmSync(`${rig.path}.1`)
  const { complete, repaired, sinks } = await rig.reconcile({ repair: true })
  expect({ complete, repaired }).toEqual({ complete: true, repaired: { events: 0, gaps: 0, holes: [] } })
  expect(sinks.local?.found).toMatchObject({ events: 3, copies: 0, missing: [] })
})

it('what is older than all that is there is not sent again without a word, what is newer is', async () => {
  const rig = await rotatedTwice()
  rmSync(`${rig.path}.2`)
  rig.rewrite(() => [])
  const { complete, repaired, sinks } = await rig.reconcile({ repair: true })
  expect(complete).toBe(false)
  expect(named(repaired?.sinks?.local?.missing)).toEqual(['c'])
  expect(sinks.local?.found?.older).toMatchObject({ events: 1, left: true })
  expect(sinks.local?.notes.join('\n')).toMatch(
    /1 of the missing events is older .*--repair does not send these again; `replay --sink local` does/,
  )
  await rig.run()
  expect(lines(rig.path)).toHaveLength(1)
})

it('a file that cannot be read is named, and its events are not sent again', async () => {
  const rig = await rotatedTwice()
  renameSync(`${rig.path}.2`, `${rig.path}.2.bz2`)
  const { complete, repaired, sinks } = await rig.reconcile({ repair: true })
  expect({ complete, sent: repaired?.sinks }).toEqual({ complete: false, sent: undefined })
  expect(sinks.local?.found?.unreadable).toEqual([
    "out.ndjson.2.bz2: can't be read, as neither plain, .gz nor .zst",
  ])
})

it('where no rotation shows, the first events are missed and sent again, with a word before', async () => {
  const rig = await rotatedTwice()
  for (const moved of ['.1', '.2']) rmSync(rig.path + moved)
  const { sinks } = await rig.reconcile()
  expect(named(sinks.local?.found?.missing)).toEqual(['a', 'b'])
  expect(sinks.local?.notes).toEqual([
    expect.stringMatching(/^2 of the missing events are older .*--repair sends these again too$/),
  ])
  const { repaired } = await rig.reconcile({ repair: true })
  expect(named(repaired?.sinks?.local?.missing)).toEqual(['a', 'b'])
})
