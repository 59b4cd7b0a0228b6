/** Which files may import which (ARCHITECTURE.md, "Layers"). */
import { describe, expect, it } from 'vitest'
import { type File, importsOf, productFiles } from './repository.ts'

const STAGES = ['poll', 'normalise', 'ledger', 'spool', 'deliver']

/** Files of a stage that other stages may use, and why that doesn't tie the stages together. */
const SHARED: Readonly<Record<string, string>> = {
  'src/spool/store.ts': 'the store contract: what every stage keeps its state in',
  'src/spool/source-state.ts': 'a part of the store contract',
  'src/spool/backfill-state.ts': 'a part of the store contract',
  'src/spool/lane-state.ts': 'a part of the store contract',
  'src/spool/ledger-day.ts': 'a part of the store contract',
  'src/spool/dead-letter-pages.ts': 'all that the store contract answers a part of at a time',
  'src/spool/codec.ts': 'the form of an entry: written by poll, read by deliver',
  'src/spool/room.ts': 'the bound of the spool, which a poll waits for',
  'src/spool/former-sources.ts': 'what lies in the spool of sources that left the configuration',
  'src/spool/low-water.ts': 'arithmetic over cursors and what is stored of a log',
  'src/ledger/': 'pure arithmetic over uids',
  'src/normalise/catalogue.ts': 'a table of facts about ids',
  'src/normalise/normalise.ts': 'a pure mapping from record to event',
  'src/deliver/redact.ts': 'its rules are checked when the configuration is read',
  'src/deliver/check-where.ts': 'its expressions are checked when the configuration is read',
}

/** Files in which stages are put together. */
const COMPOSERS =
  /^src\/(pipeline|page-counts|main|engine\/(components|backfill-desk|backfill-dry-run|deliveries|source-unit|sink-unit|engine|stored-engine|stored-reconcile|open-store))\.ts$|^src\/(cli|server|gen|import|reconcile|replay|rule-tests)\//

/** What a connector may use beyond its own folder and packages. */
const OPEN_TO_CONNECTORS =
  /^src\/((connector|outcome|event|errors)\.ts$|lib\/|formats\/|integrity\/|archive\/)/

/** Who may know the three topmost folders, even by their types; the console takes types of every folder. */
const ABOVE: Readonly<Record<string, RegExp>> = {
  'src/engine/': /^src\/(engine|server|cli|console)\//,
  'src/server/': /^src\/(server|cli|console)\//,
  'src/cli/': /^src\/(main\.ts$|cli\/)/,
}

describe('layers', () => {
  it('keeps connectors, the engine and its stages apart', () => {
    expect(productFiles().flatMap(problems)).toEqual([])
  })

  it('needs every exception that it grants', () => {
    const used = productFiles()
      .filter((file) => !COMPOSERS.test(file.path))
      .flatMap((file) => importsOf(file).filter(({ target }) => stageOf(target) !== stageOf(file.path)))
    const idle = Object.keys(SHARED).filter((path) => !used.some(({ target }) => target.startsWith(path)))
    expect(idle).toEqual([])
  })

  it.each([
    ['connectors/sinks/s3/sink.ts', '../../../src/deliver/lane.ts', 'a connector uses'],
    ['connectors/sinks/s3/sink.ts', '../file/sink.ts', 'a connector uses'],
    ['connectors/sinks/s3/sink.ts', '../../../test/emulators/s3/server.ts', 'test code'],
    ['src/deliver/lane.ts', '../../connectors/sinks/s3/sink.ts', 'a connector by name'],
    ['src/deliver/lane.ts', '../poll/walk.ts', 'meet only in'],
    ['src/console/app.tsx', '../server/route.ts', 'types alone'],
    ['src/server/server.ts', '../console/app.tsx', 'runs in a browser'],
    ['src/poll/walk.ts', '../spool/sqlite/store.ts', 'meet only in'],
    ['src/engine/engine.ts', '../server/client.ts', 'nothing below src/server'],
    ['src/server/server.ts', '../cli/output.ts', 'nothing below src/cli'],
    ['src/replay/readings.ts', '../engine/components.ts', 'nothing below src/engine'],
  ])('notices that %s imports %s', (path, target, expected) => {
    const browser = /\/console\//.test(path)
    for (const kind of browser ? ['import { a }'] : ['import { a }', 'import type { A }']) {
      const [problem] = problems({ path, text: `${kind} from '${target}'\n` })
      expect(problem).toContain(expected)
    }
  })

  it('lets the rest of src name the types of a stage, and no more', () => {
    const path = 'src/ops/status.ts'
    expect(problems({ path, text: "import type { Walk } from '../poll/walk.ts'\n" })).toEqual([])
    expect(problems({ path, text: "import { walk } from '../poll/walk.ts'\n" })).toHaveLength(1)
  })

  it.each([
    ['connectors/sinks/s3/sink.ts', '../../../src/lib/http/http.ts'],
    ['connectors/sinks/s3/sink.ts', './encode.ts'],
    ['connectors/sinks/s3/sink.ts', '@aws-sdk/client-s3'],
    ['src/connectors.gen.ts', '../connectors/sinks/s3/index.ts'],
    ['src/pipeline.ts', './deliver/lane.ts'],
    ['src/deliver/lane.ts', '../spool/store.ts'],
  ])('lets %s import %s', (path, target) => {
    expect(problems({ path, text: `import { a } from '${target}'\n` })).toEqual([])
  })
})

function problems(file: File): string[] {
  return importsOf(file).flatMap(({ target, typeOnly }) => {
    if (typeOnly && file.path.startsWith('src/console/')) return []
    // Outside the stages, importing a type ties nothing together; between stages it does.
    const namesOnly =
      typeOnly && file.path.startsWith('src/') && stageOf(file.path) === '' && stageOf(target) !== ''
    const problem = namesOnly ? '' : judge(file.path, target)
    return problem === '' ? [] : [`${file.path} → ${target}: ${problem}`]
  })
}

function judge(from: string, to: string): string {
  if (!/^(src|connectors|test)\//.test(to)) return ''
  if (to.startsWith('test/')) {
    // The emulator is also a command of the product.
    return from.startsWith('src/cli/') && to.startsWith('test/emulators/pulumi/')
      ? ''
      : 'the product uses test code'
  }
  const folder = connectorFolder(from)
  if (folder !== '') {
    const open = OPEN_TO_CONNECTORS.test(to) || to.startsWith(folder)
    return open
      ? ''
      : 'a connector uses more than the contract, src/lib, src/formats, src/integrity, src/archive and its own folder'
  }
  if (to.startsWith('connectors/')) {
    return from === 'src/connectors.gen.ts' ? '' : 'src names a connector by name: only the registry may'
  }
  const above = Object.keys(ABOVE).find((it) => to.startsWith(it) && !ABOVE[it]?.test(from))
  if (above !== undefined) return `nothing below ${above} knows it`
  if (/^src\/console\//.test(to) !== /^src\/console\//.test(from)) {
    return to.startsWith('src/console/') ? 'the console runs in a browser' : 'the console takes types alone'
  }
  const [mine, other] = [stageOf(from), stageOf(to)]
  if (other === '' || mine === other || COMPOSERS.test(from)) return ''
  return Object.keys(SHARED).some((path) => to.startsWith(path)) ? '' : 'stages meet only in src/pipeline.ts'
}

function stageOf(path: string): string {
  const folder = /^src\/([^/]+)\//.exec(path)?.[1] ?? ''
  return STAGES.includes(folder) ? folder : ''
}

function connectorFolder(path: string): string {
  return /^connectors\/[^/]+\/[^/]+\//.exec(path)?.[0] ?? ''
}
