/** What the documents tell a reader to type, open or copy is there. */
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfigText } from '../../src/config/load.ts'
import { type File, repositoryFiles } from './repository.ts'

const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))
const documents = repositoryFiles(/\.md$/)

it('names only npm scripts that exist', () => {
  expect(documents.length).toBeGreaterThan(4)
  expect(documents.flatMap(unknownScripts)).toEqual([])
  expect(unknownScripts(page('Type `npm start`, `npm run fly`, `npm ci`.'))).toEqual(['x.md: npm run fly'])
})

it('links only to files that exist', () => {
  expect(documents.flatMap(brokenLinks)).toEqual([])
  expect(brokenLinks(page('[a](README.md) [b](nowhere.md#x) [c](https://c.example)'))).toEqual([
    'x.md → nowhere.md',
  ])
})

it('shows only configurations that are valid', async () => {
  const shown = documents.flatMap(configurations)
  expect(shown.length).toBeGreaterThan(0)
  expect((await Promise.all(shown.map(errorsOf))).flat()).toEqual([])
  expect(await errorsOf('sources: { a: { type: pulumi } }\nsinks: {}')).not.toEqual([])
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
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(posix.join(posix.dirname(path), target)))
    .map((target) => `${path} → ${target}`)
}

/** YAML blocks that are a whole configuration. */
function configurations({ text }: File): string[] {
  return [...text.matchAll(/^( *)```ya?ml\n([\s\S]*?)^ *```/gm)]
    .map(([, margin = '', block = '']) => block.replaceAll(new RegExp(`^${margin}`, 'gm'), ''))
    .filter((block) => /^sources:/m.test(block) && /^sinks:/m.test(block))
}

async function errorsOf(text: string): Promise<string[]> {
  const variables = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => [name, 'some-value'])
  const result = await loadConfigText(text, 'auditferry.yaml', Object.fromEntries(variables))
  return result.ok ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`)
}

function page(text: string): File {
  return { path: 'x.md', text }
}
