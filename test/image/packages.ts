/**
 * Whether the image's sinks find the packages that only they need: all of them in the variant `full`, none in the plain
 * one.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Image } from './smoke.ts'

/** What `loadPackage` does with each, from the sinks' place. */
const SCRIPT = `
import { loadPackage } from './src/lib/optional-package.ts'
const said = {}
for (const wanted of process.argv.slice(1)) {
  const load = () => import(wanted.slice(0, wanted.lastIndexOf('@')))
  said[wanted] = await loadPackage(wanted, load).then(() => 'loaded', ({ message }) => message)
}
process.stdout.write(JSON.stringify(said))
`

export function tryPackages({ node, root, user }: Image, variant: 'plain' | 'full'): void {
  const app = join(root, 'app')
  const { peerDependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'))
  const wanted = Object.entries(peerDependencies).map((it) => it.join('@'))
  if (wanted.length === 0) throw new Error('package.json names no optional package')
  const args = ['--input-type=module', '--eval', SCRIPT, ...wanted]
  const said = JSON.parse(execFileSync(node, args, { ...user, cwd: app, env: {}, encoding: 'utf8' }))
  for (const it of wanted) {
    const right = variant === 'full' ? said[it] === 'loaded' : said[it].includes(`: npm install ${it}, or`)
    if (!right) throw new Error(`image ${variant}: the package ${it}: ${said[it]}`)
    if (variant === 'full') sameVersion(app, it)
  }
  process.stdout.write(
    `image ${variant}: ${wanted.length} optional packages are ${variant === 'full' ? '' : 'not '}there\n`,
  )
}

function sameVersion(app: string, wanted: string): void {
  const at = wanted.lastIndexOf('@')
  const path = join(app, 'node_modules', wanted.slice(0, at), 'package.json')
  const { version } = JSON.parse(readFileSync(path, 'utf8'))
  if (version !== wanted.slice(at + 1)) throw new Error(`image full: ${wanted} is installed as ${version}`)
}
