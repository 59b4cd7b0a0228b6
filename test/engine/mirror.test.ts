/** The mirror: never ahead of what waits, complete or refused, and where a lost state continues. */
import { hash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MirrorAway, OperationError } from '../../src/errors.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import {
  backfillsToRepeat,
  type MirrorDocument,
  mirrorSource,
  readDocument,
  recoveredState,
  writeDocument,
} from '../../src/mirror/document.ts'
import { createMirror } from '../../src/mirror/mirror.ts'
import { type MirrorPlace, openPlace } from '../../src/mirror/place.ts'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'
import { append, lane, SOURCE, settlement } from '../conformance/store-samples.ts'
import { openStore } from './lane-rig.ts'
import { sinkConfig, sourceConfig } from './sample-config.ts'
import { tempFolder } from './temp-folder.ts'

const state: SourceState = {
  ...freshSource,
  start: 100,
  checkpoint: 900,
  spooled: 30,
  retrospected: { '60000': 5 },
  held: [
    { end: 10, oldest: 500 },
    { end: 20, oldest: 300 },
    { end: 30, oldest: 800 },
  ],
}

describe('a position', () => {
  it.each([
    ['behind everything that waits, late events too', [lane(0)], 300],
    ['behind the slowest lane', [lane(30), lane(20)], 800],
    ['in the middle of a stretch', [lane(15)], 300],
    ['at the checkpoint when nothing waits', [lane(30), lane(30)], 900],
    ['at the oldest held event for a lane that has no place', [undefined], 300],
  ])('is %s', (_, lanes, expected) => {
    expect(mirrorSource(SOURCE, state, lanes).position).toBe(expected)
  })

  it('is none before the first walk ended: everything is read again', () => {
    const { checkpoint: _, ...walking } = state
    const recovered = recoveredState(mirrorSource(SOURCE, walking, [lane(30)]), 1_000)
    expect(recovered).toMatchObject({ start: 100, spooled: 0 })
    expect(recovered.checkpoint).toBeUndefined()
    expect(recovered.recovered).toBeUndefined()
  })
})

it('brings back where reading was, and begins to count anew', () => {
  const mirrored = mirrorSource(SOURCE, state, [lane(0)])
  const back = { ...freshSource, start: 100, checkpoint: 300, retrospected: { '60000': 5 } }
  const lost = { ...back, recovered: { at: 1_000, from: 300 } }
  expect(recoveredState(mirrored, 1_000)).toEqual(lost)
  // If it replaces an existing state, the ledger still exists.
  expect(recoveredState(mirrored)).toEqual(back)
  expect(recoveredState({ position: 900, state: lost })).toMatchObject({ recovered: lost.recovered })
})

describe('a backfill', () => {
  const parts = [{ from: 0, to: 60, position: 0 }]
  const counts = { polled: 9, spooled: 9, gaps: 0, unreadable: 0, unclear: 0 }
  const broken = { from: 0, to: 60, parallel: 1, parts, startedAt: 0, ...counts }
  const backfill = { ...broken, endedAt: 1 }
  const held = [{ end: 30, oldest: 30 }]
  const command = (from: string, to: string) =>
    `npx auditferry backfill --source ${SOURCE} --from 1970-01-01T00:${from}Z --to 1970-01-01T00:${to}Z`

  it.each([
    ['of which nothing waits is not named', { backfill, held }, 30, []],
    ['whose events wait is named from the oldest on', { backfill, held }, 0, [command('00:30', '01:00')]],
    ['that is under way is named whole', { backfill: broken }, 30, [command('00:00', '01:00')]],
    [
      'for single sinks is named with them',
      { backfill: { ...broken, sinks: { soc: { queued: 1, filtered: 0, failed: 0 } } } },
      30,
      [`${command('00:00', '01:00')} --sink soc`],
    ],
  ])('%s', (_, more, settled, commands) => {
    const mirrored = mirrorSource(SOURCE, { ...state, ...more }, [lane(settled)])
    expect(backfillsToRepeat(SOURCE, mirrored)).toEqual(commands)
    // Reading resumes no earlier than `start`, and does not claim so.
    expect(recoveredState(mirrored, 1_000).recovered?.from).toBeGreaterThanOrEqual(100)
  })

  it('is named once by an engine that lost its state', async () => {
    const path = join(tempFolder(), 'mirror.json')
    const source = { position: 30, state: { ...state, backfill } }
    writeFileSync(
      path,
      writeDocument({ version: 1, writtenAt: '', sources: { [SOURCE]: source }, sinks: {} }),
    )
    const warned: (LogFields | undefined)[] = []
    const logger = { ...silentLogger, warn: (_: string, fields?: LogFields) => void warned.push(fields) }
    const config = { sources: { [SOURCE]: sourceConfig() }, sinks: {} }
    const mirror = createMirror({ config, store: openStore(), place: openPlace(path), logger, now: () => 0 })
    await mirror.recover(SOURCE, 0)
    await mirror.recover(SOURCE, 0)
    expect(warned).toEqual([{ source: SOURCE, repeat: command('00:30', '01:00') }])
  })
})

describe('a document', () => {
  const text = writeDocument({ version: 1, writtenAt: '', sources: { acme: { state } }, sinks: {} })

  it('is read as it was written', () => {
    expect(readDocument(text, 'here').sources.acme?.state).toEqual(state)
  })

  it.each([
    ['cut', text.slice(0, 50), 'is damaged: its checksum'],
    ['altered', text.replace('900', '901'), 'is damaged: its checksum'],
    ['empty', '', 'is damaged: its checksum'],
    ['appended to another', text + text, 'is damaged: something follows its checksum'],
    ['something else', '{"a":1}\n', 'is damaged, or nothing that `state export` or a mirror wrote'],
    [
      'a configuration',
      'sources: { acme: {} }\n',
      'is damaged, or nothing that `state export` or a mirror wrote',
    ],
  ])('is refused when it is %s', (_, harmed, fault) => {
    expect(() => readDocument(harmed, 'the mirror m')).toThrow(OperationError)
    expect(() => readDocument(harmed, 'the mirror m')).toThrow(`the mirror m ${fault}`)
  })

  const refused = 'm is no state that this version of auditferry wrote'
  it.each([
    [{ position: 'soon', state }, 'sources: acme: position: expected a number'],
    [{ state: { ...state, start: {} } }, 'sources: acme: state: start: expected a number'],
    [{ state: { ...state, gaps: [7] } }, 'sources: acme: state: gaps: 0: expected a JSON object'],
    [{ state: {} }, 'sources: acme: state: retrospected: is missing'],
  ])('is refused when its checksum is right and its content is not: %j', (acme, fault) => {
    const document = { version: 1, writtenAt: '', sources: { acme }, sinks: {} }
    const sealed = writeDocument(document as unknown as MirrorDocument)
    expect(() => readDocument(sealed, 'm')).toThrow(`${refused}: ${fault}`)
  })

  it('is refused when its checksum is right and it is no JSON', () => {
    const broken = '{"version":1'
    expect(() => readDocument(`${broken}\nsha256 ${hash('sha256', broken)}\n`, 'm')).toThrow(refused)
  })
})

describe('in a file', () => {
  const open = (path: string) => {
    const store = openStore()
    const logged: [string, LogFields | undefined][] = []
    const logger = {
      ...silentLogger,
      error: (text: string, fields?: LogFields) => void logged.push([text, fields]),
    }
    const config = { sources: { [SOURCE]: sourceConfig() }, sinks: { soc: sinkConfig() } }
    /** Written as another worker would. */
    const another = () => createMirror({ config, store, place: openPlace(path), logger, now: () => 0 })
    return { store, mirror: another(), another, logged }
  }
  const recoverFrom = (path: string) => open(path).mirror.recover(SOURCE, 0)
  const capture = async (path: string) => {
    const { store, mirror } = open(path)
    await store.append(append({ state }))
    await store.settle([settlement({ state: lane(30) })])
    await mirror.capture()
    await store.append(append({ state: { ...state, checkpoint: 950 } }))
    await mirror.capture()
  }

  it('keeps the last revision and the one before', async () => {
    const path = join(tempFolder(), 'not', 'there', 'mirror.json')
    await capture(path)
    expect(await recoverFrom(path)).toMatchObject({ checkpoint: 950, recovered: { at: 0, from: 950 } })
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -9))
    expect((await recoverFrom(path))?.checkpoint).toBe(900)
  })

  it('is refused, not taken for none, when no revision is whole', async () => {
    const path = join(tempFolder(), 'mirror.json')
    await capture(path)
    for (const file of [path, `${path}.previous`]) writeFileSync(file, 'garbage')
    await expect(recoverFrom(path)).rejects.toThrow(/is damaged.*and so is the revision before/)
    rmSync(`${path}.previous`)
    await expect(recoverFrom(path)).rejects.toThrow(/is damaged.*and there is no other revision/)
    rmSync(path)
    expect(await recoverFrom(path)).toBeUndefined()
  })

  it('goes back only for a revision that is damaged or gone, never for one that cannot be read', async () => {
    const path = join(tempFolder(), 'mirror.json')
    await capture(path)
    const last = readFileSync(path)
    rmSync(path)
    expect((await recoverFrom(path))?.checkpoint).toBe(900)
    mkdirSync(path)
    await expect(recoverFrom(path)).rejects.toThrow(OperationError)
    await expect(recoverFrom(path)).rejects.toThrow(/mirror\.json can't be read: EISDIR.*must name a file/)
    rmSync(path, { recursive: true })
    writeFileSync(path, last)
    rmSync(`${path}.previous`)
    mkdirSync(`${path}.previous`)
    expect((await recoverFrom(path))?.checkpoint).toBe(950)
    writeFileSync(path, 'garbage')
    await expect(recoverFrom(path)).rejects.toThrow(/is damaged.*; the revision before: EISDIR/)
  })

  it('is not overwritten by a store that has lost its state', async () => {
    const path = join(tempFolder(), 'mirror.json')
    await capture(path)
    await open(path).mirror.capture()
    expect((await recoverFrom(path))?.checkpoint).toBe(950)
  })

  it('is written by one capture at a time', async () => {
    const folder = tempFolder()
    const { store, mirror, logged } = open(join(folder, 'mirror.json'))
    for (let round = 1; round <= 20; round++) {
      await store.append(append({ state: { ...state, checkpoint: 900 + round } }))
      const captures = [mirror.capture()]
      await store.append(append({ state: { ...state, checkpoint: 950 + round } }))
      captures.push(mirror.capture(), mirror.capture())
      await Promise.all(captures)
      const text = readFileSync(join(folder, 'mirror.json'), 'utf8')
      expect(readDocument(text, 'here').sources[SOURCE]?.state.checkpoint).toBe(950 + round)
    }
    expect(logged).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['mirror.json', 'mirror.json.previous'])
  })

  it('is written by several processes of one id, and none is left aside', async () => {
    const folder = tempFolder()
    const path = join(folder, 'mirror.json')
    await Promise.all(Array.from({ length: 20 }, () => openPlace(path).write('text')))
    mkdirSync(join(folder, 'other.json.previous'))
    writeFileSync(join(folder, 'other.json'), '')
    await expect(openPlace(join(folder, 'other.json')).write('text')).rejects.toThrow('EISDIR')
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('that engines with separate states write to is reported once by each; one state of several, or after a loss, is not', async () => {
    const path = join(tempFolder(), 'mirror.json')
    const rounds = async (openings: readonly ReturnType<typeof open>[]) => {
      for (let round = 1; round <= 3; round++) {
        for (const { store, mirror } of openings) {
          await store.append(append({ state: { ...state, checkpoint: 900 + round } }))
          await mirror.capture()
        }
      }
      return openings.map(({ logged }) => logged)
    }
    const first = open(path)
    expect(await rounds([first, { ...first, mirror: first.another() }])).toEqual([[], []])
    expect(await rounds([open(path)])).toEqual([[]])
    const told = [
      [expect.stringContaining('another engine with a state of its own writes'), { mirror: path }],
    ]
    expect(await rounds([open(path), open(path)])).toEqual([told, told])
  })

  it('that cannot be written is reported once, and stops nothing', async () => {
    const folder = tempFolder()
    const { store, mirror, logged } = open(join(folder, 'a-file', 'mirror.json'))
    writeFileSync(join(folder, 'a-file'), '')
    await store.append(append({ state }))
    await mirror.capture()
    await mirror.capture()
    expect(logged).toEqual([
      [
        'the mirror could not be written',
        expect.objectContaining({ reason: expect.stringContaining('ENOTDIR') }),
      ],
    ])
  })

  it('is told once too where each write is refused the file that it puts aside', async () => {
    const name = 'm'.repeat(240)
    const { store, mirror, logged } = open(join(tempFolder(), name))
    await store.append(append({ state }))
    await mirror.capture()
    await mirror.capture()
    const reason = expect.stringMatching(`ENAMETOOLONG: .*/${name}'; mend that, or correct .state.mirror`)
    expect(logged).toEqual([['the mirror could not be written', expect.objectContaining({ reason })]])
  })
})

it('writes again what a failed write may have taken away', async () => {
  const store = openStore()
  const written: (number | undefined)[] = []
  let fails = false
  const place: MirrorPlace = {
    name: 'm',
    read: async () => undefined,
    async write(text) {
      if (fails) throw new Error('no room')
      written.push(readDocument(text, 'm').sources[SOURCE]?.state.checkpoint)
    },
    close: async () => {},
  }
  const config = { sources: { [SOURCE]: sourceConfig() }, sinks: {} }
  const mirror = createMirror({ config, store, place, logger: silentLogger, now: () => 0 })
  for (const [checkpoint, failing] of [
    [900, false],
    [950, true],
    [900, false],
  ] as const) {
    fails = failing
    await store.append(append({ state: { ...state, checkpoint } }))
    await mirror.capture()
  }
  expect(written).toEqual([900, 900])
})

describe('a place that does not answer', () => {
  const openSilent = () => {
    const store = openStore()
    const answer = Promise.withResolvers<void>()
    const said: string[] = []
    const say = (text: string, fields?: LogFields) => void said.push(`${text}: ${fields?.reason ?? ''}`)
    let fault: Error | undefined
    const place: MirrorPlace = {
      name: 'm',
      read: async () => undefined,
      async write() {
        if (fault !== undefined) throw fault
        await answer.promise
      },
      close: async () => answer.reject(new Error('closed')),
    }
    const config = { sources: { [SOURCE]: sourceConfig() }, sinks: {} }
    const logger = { ...silentLogger, error: say, info: say }
    const mirror = createMirror({ config, store, place, logger, now: () => 0 })
    return { store, mirror, said, answer, fail: (error?: Error) => (fault = error) }
  }

  it('keeps nothing from the memory, and the end from nobody', async () => {
    const { store, mirror, said } = openSilent()
    for (const checkpoint of [900, 950]) {
      await store.append(append({ state: { ...state, held: [], checkpoint } }))
      void mirror.capture()
      await expect.poll(() => mirror.recover(SOURCE, 0)).toMatchObject({ checkpoint })
    }
    await mirror.close(50)
    await expect.poll(() => said).toEqual(['the mirror could not be written: closed'])
  })

  it('is reported once, and so is its end', async () => {
    const { store, mirror, said, answer, fail } = openSilent()
    await store.append(append({ state }))
    fail(new Error('no room'))
    await mirror.capture()
    await mirror.capture()
    fail(undefined)
    answer.resolve()
    await mirror.capture()
    await mirror.capture()
    expect(said).toEqual(['the mirror could not be written: no room', 'the mirror is written again: '])
  })
})

it('is read once for all sources, and what it had is written again', async () => {
  const store = openStore()
  const was = { position: 300, state }
  const document = writeDocument({
    ...{ version: 1, writtenAt: '', sinks: {} },
    sources: { [SOURCE]: was, other: was, removed: was },
  })
  let reads = 0
  let written = ''
  const place: MirrorPlace = {
    name: 'm',
    async read() {
      reads++
      return document
    },
    async write(text) {
      written = text
    },
    close: async () => {},
  }
  const config = { sources: { [SOURCE]: sourceConfig(), other: sourceConfig({ id: 'other' }) }, sinks: {} }
  const mirror = createMirror({ config, store, place, logger: silentLogger, now: () => 0 })
  for (const source of [SOURCE, SOURCE, 'other']) {
    expect(await mirror.recover(source, 0)).toMatchObject({ checkpoint: 300 })
  }
  expect(reads).toBe(1)
  // The other source has no state in the store yet, and must not vanish from the mirror.
  await store.append(append({ state: { ...state, held: [] } }))
  await mirror.capture()
  const { sources } = readDocument(written, 'm')
  expect([sources[SOURCE]?.position, sources.other?.position, sources.removed]).toEqual([900, 300, undefined])
})

describe('a place that cannot be read', () => {
  const openFailing = (failures: Error[]) => {
    const said: string[] = []
    const say = (text: string, fields?: LogFields) => void said.push(`${text}: ${fields?.reason ?? ''}`)
    const logger = { ...silentLogger, error: say, warn: say, info: say }
    const place: MirrorPlace = {
      name: 'm',
      async read() {
        const failure = failures.shift()
        if (failure !== undefined) throw failure
        return undefined
      },
      write: async () => {},
      close: async () => {},
    }
    const config = { sources: { [SOURCE]: sourceConfig() }, sinks: {} }
    const mirror = createMirror({ config, store: openStore(), place, logger, now: () => 0 })
    return { mirror, said }
  }
  const away = () => new MirrorAway('HTTP 503')

  it('makes a start wait, which says so', async () => {
    const { mirror, said } = openFailing([away(), away()])
    const recovered = mirror.recover(SOURCE, Number.POSITIVE_INFINITY)
    expect(mirror.waitsFor()).toBe('waits for the mirror m')
    await expect.poll(() => mirror.waitsFor()).toBe('waits for the mirror m: HTTP 503')
    expect(await recovered).toBeUndefined()
    expect(mirror.waitsFor()).toBeUndefined()
    expect(said).toEqual(['the start waits for the mirror: HTTP 503', 'the mirror answers: '])
  })

  it('is waited for no longer than the patience, nor than the engine lives', async () => {
    const { mirror } = openFailing(Array.from({ length: 99 }, away))
    await expect(mirror.recover(SOURCE, 0)).rejects.toThrow("the mirror m can't be read: HTTP 503")
    await expect(mirror.recover(SOURCE, 300)).rejects.toThrow(OperationError)
    const waiting = expect(mirror.recover(SOURCE, Number.POSITIVE_INFINITY)).rejects.toThrow(OperationError)
    await mirror.close(0)
    await waiting
  })

  it('ends the start at once where waiting does not help', async () => {
    const { mirror } = openFailing([new OperationError('AccessDenied; allow it')])
    const recovered = mirror.recover(SOURCE, Number.POSITIVE_INFINITY)
    await expect(recovered).rejects.toThrow("the mirror m can't be read: AccessDenied; allow it")
  })
})

describe('a store that breaks off while it is read', () => {
  const captureBroken = async (place: MirrorPlace | undefined) => {
    let trouble: string | undefined
    const store = {
      ...openStore(),
      trouble: () => trouble,
      loadSource: async () => {
        trouble = "Redis at here can't be reached: gone"
        throw new Error('Reached the max retries per request limit')
      },
    }
    const logged: [string, string, LogFields | undefined][] = []
    const log = (level: string) => (text: string, fields?: LogFields) =>
      void logged.push([level, text, fields])
    const logger = { ...silentLogger, warn: log('warn'), error: log('error') }
    const config = { sources: { [SOURCE]: sourceConfig() }, sinks: {} }
    await createMirror({ config, store, place, logger, now: () => 0 }).capture()
    return logged
  }

  it('is not mentioned if no place is configured', async () => {
    expect(await captureBroken(undefined)).toEqual([])
  })

  it('is reported as its own trouble, not as one of the place', async () => {
    const place = { name: 'm', read: async () => undefined, write: async () => {}, close: async () => {} }
    expect(await captureBroken(place)).toEqual([
      [
        'warn',
        'the state could not be read for the mirror',
        { mirror: 'm', reason: "Redis at here can't be reached: gone" },
      ],
    ])
  })
})
