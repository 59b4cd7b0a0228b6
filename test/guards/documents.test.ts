/** Whatever the documents tell a reader to type, open or copy exists. */
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfigText } from '../../src/config/load.ts'
import { healthKey, keysOf, layoutKey, pausedKey, sourcesKey, trailKey } from '../../src/spool/redis/keys.ts'
import { type File, repositoryFiles } from './repository.ts'

type Manifest = Record<'scripts' | 'peerDependencies', Record<string, string>>
const { scripts, peerDependencies }: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const documents = repositoryFiles(/\.md$/)

it('names only npm scripts that exist', () => {
  expect(documents.length).toBeGreaterThan(4)
  expect(documents.flatMap(unknownScripts)).toEqual([])
  expect(unknownScripts(page('Type `npm start`, `npm run fly`, `npm ci`.'))).toEqual(['x.md: npm run fly'])
})

it('links only to files and headings that exist', () => {
  expect(documents.flatMap(brokenLinks)).toEqual([])
  const links =
    '[a](README.md#try-it) [b](nowhere.md#x) [c](https://c.example) [d](README.md#fly-it) [e](#a-b) [f](#c)'
  expect(brokenLinks(page(`${links}\n## A, \`b\`\n\`\`\`sh\n# c\n\`\`\`\n`))).toEqual([
    'x.md → nowhere.md#x',
    'x.md → README.md#fly-it',
    'x.md → #c',
  ])
})

it('names the optional packages at the versions that are tested', () => {
  const pages = [...documents, ...repositoryFiles(/^config\/examples\//)]
  expect(pages.flatMap(otherVersions)).toEqual([])
  expect(otherVersions(page('`npm install hyparquet-writer@0.0.1`'))).toEqual([
    'x.md: npm install hyparquet-writer@0.0.1',
  ])
})

it('describes every path of the HTTP API', () => {
  const routes = repositoryFiles(/^src\/server\/[\w-]+\.ts$/).flatMap(pathsOf)
  expect(routes).toContain('/api/v1/replays')
  const described = readFileSync('docs/http-api.md', 'utf8')
  expect(routes.filter((path) => !described.includes(path))).toEqual([])
})

it('lists every metric, and no other', () => {
  const listed = readFileSync('docs/monitoring.md', 'utf8').match(/auditferry_[a-z_]+[a-z]/g) ?? []
  const there = repositoryFiles(/^src\/ops\/[\w-]+\.ts$/).flatMap(metricsOf)
  expect(there).toContain('auditferry_gaps_total')
  expect(new Set(listed)).toEqual(new Set(there))
})

it('lists every key in Redis', () => {
  const { sink, ...own } = keysOf('p', 's')
  const shared = [sourcesKey, layoutKey, healthKey, pausedKey, trailKey].map((key) => key('p'))
  const keys = [...Object.values(own), ...Object.values(sink('soc')), ...shared]
  const names = keys.map((key) => key.replace(/:soc$/, '').replace(/^.*:/, ''))
  expect(names).toContain('dead-letters-parked')
  const described = readFileSync('ARCHITECTURE.md', 'utf8')
  expect(names.filter((name) => !new RegExp(`[\`:]${name}[\`:]`).test(described))).toEqual([])
})

it('shows only configurations that are valid', async () => {
  const shown = documents.flatMap(configurations)
  expect(shown.length).toBeGreaterThan(0)
  expect((await Promise.all(shown.map(errorsOf))).flat()).toEqual([])
  expect(await errorsOf('sources: { a: { type: pulumi } }\nsinks: {}')).not.toEqual([])
})

it('shows only sinks whose options there are', async () => {
  const shown = documents.flatMap(sinksAlone)
  expect(shown.length).toBeGreaterThan(20)
  expect((await Promise.all(shown.map(misnamed))).flat()).toEqual([])
  expect(await misnamed('sinks: { a: { type: file, pat: ./x, rotate: { kep: 1 } } }')).toHaveLength(3)
})

function unknownScripts({ path, text }: File): string[] {
  const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)]
  return named
    .map(([, run, short]) => run ?? short ?? '')
    .filter((name) => scripts[name] === undefined)
    .map((name) => `${path}: npm run ${name}`)
}

function brokenLinks({ path, text }: File): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#')
      const there = posix.join(posix.dirname(path), file)
      if (file !== '' && !existsSync(there)) return true
      if (anchor === undefined || (file !== '' && !file.endsWith('.md'))) return false
      return !anchorsOf(file === '' ? text : readFileSync(there, 'utf8')).includes(anchor)
    })
    .map((target) => `${path} → ${target}`)
}

function metricsOf({ text }: File): string[] {
  const made = [...text.matchAll(/\b(counter|gauge)\(\s*'(\w+)'/g)]
  const named = made.map(([, kind, name]) => `auditferry_${name}${kind === 'counter' ? '_total' : ''}`)
  return [...named, ...[...text.matchAll(/'(auditferry_\w+)'/g)].map(([, name = '']) => name)]
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .replaceAll(/\]\([^)]*\)/g, '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

function otherVersions({ path, text }: File): string[] {
  return [...text.matchAll(/npm install ((?:@[\w-]+\/)?[\w-]+)@(\d[\d.]*\d)/g)]
    .filter(([, name = '', version]) => peerDependencies[name] !== version)
    .map(([command]) => `${path}: ${command}`)
}

function pathsOf({ text }: File): string[] {
  return [...text.matchAll(/^ +path: '(\/[^']+)'/gm)].map(([, path = '']) => path)
}

/** YAML blocks that are a complete configuration. */
function configurations(file: File): string[] {
  return yamlBlocks(file).filter((block) => /^sources:/m.test(block) && /^sinks:/m.test(block))
}

/** YAML blocks that show a sink without a source. */
function sinksAlone(file: File): string[] {
  return yamlBlocks(file).filter((block) => /^sinks:/m.test(block) && !/^sources:/m.test(block))
}

function yamlBlocks({ text }: File): string[] {
  return [...text.matchAll(/^( *)```ya?ml\n([\s\S]*?)^ *```/gm)].map(([, margin = '', block = '']) =>
    block.replaceAll(new RegExp(`^${margin}`, 'gm'), ''),
  )
}

/**
 * Options that don't exist, or that are missing. Values may stand for what only a user has: a file, the form of a
 * secret.
 */
async function misnamed(sinks: string): Promise<string[]> {
  const source = 'sources: { a: { type: pulumi, organization: a, access_token: a } }'
  const errors = await errorsOf(`${source}\n${sinks}`)
  return errors.filter((it) => /: (unknown option|is required|expected one of)/.test(it))
}

async function errorsOf(text: string): Promise<string[]> {
  const variables = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => [name, 'some-value'])
  const result = await loadConfigText(text, 'auditferry.yaml', Object.fromEntries(variables))
  return result.ok ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`)
}

function page(text: string): File {
  return { path: 'x.md', text }
}
