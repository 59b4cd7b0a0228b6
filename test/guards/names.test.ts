/** A file's name says its one idea: no drawers, no barrels, kebab-case; a connector's folder is its YAML type. */
import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { type File, repositoryFiles } from './repository.ts'

const DRAWER = /^(utils?|helpers?|common|shared|types?|interfaces?|misc|constants?|functions|stuff)$/
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/

it('names files after what they hold', () => {
  const files = repositoryFiles(/^(src|connectors|test|bench|deploy|docs)\/.*\.(tsx?|mjs|js|json|ya?ml)$/)
  expect(files.length).toBeGreaterThan(20)
  expect(files.flatMap(problems)).toEqual([])
})

it.each([
  ['src/lib/utils.ts', '', 'a drawer'],
  ['connectors/sinks/s3/helpers.ts', '', 'a drawer'],
  ['src/common/http.ts', '', 'a drawer'],
  ['src/lib/backOff.ts', '', 'kebab-case'],
  ['connectors/sinks/splunk-hec/index.ts', '', 'snake_case'],
  ['src/formats/index.ts', "export * from './csv.ts'\n", 'a barrel'],
  ['src/formats/all.ts', "export { csv } from './csv.ts'\nexport { raw } from './raw.ts'\n", 'a barrel'],
])('notices %s', (path, text, expected) => {
  expect(problems({ path, text })).toEqual([expect.stringContaining(expected)])
})

function problems({ path, text }: File): string[] {
  const folders = path.split('/').slice(0, -1)
  const stem = basename(path).replace(/\..*$/, '')
  const found: string[] = []
  if ([...folders, stem].some((name) => DRAWER.test(name))) found.push('is a drawer')
  if (!KEBAB.test(stem)) found.push('is not in kebab-case')
  const connector = folders[0] === 'connectors' ? folders[2] : undefined
  if (connector !== undefined && !/^[a-z0-9]+(_[a-z0-9]+)*$/.test(connector))
    found.push('is not in a snake_case folder')
  if (isBarrel(text)) found.push('is a barrel')
  return found.map((what) => `${path} ${what}`)
}

/** Re-exports what others hold, and has nothing of its own. */
function isBarrel(text: string): boolean {
  if (/^export \* from/m.test(text)) return true
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').trim()
  return code !== '' && code.replace(/^export\s+(type\s+)?\{[^}]*\}\s+from\s+'[^']+'$/gm, '').trim() === ''
}
