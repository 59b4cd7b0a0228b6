/**
 * Builds the console when it is not there or older than its sources: after `npm ci` (as `prepare`) and before `npm start`
 * and `npm test`. Without its sources or the development packages it is left as it is, and the server says so. Plain JavaScript for
 * any Node from 18 on.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledNode, isNewEnough } from './node-version.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = join(root, 'src', 'console')
const config = join(sources, 'vite.config.ts')
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

if (existsSync(vite) && existsSync(config) && isStale()) build()

function isStale() {
  const page = join(sources, 'dist', 'index.html')
  if (!existsSync(page)) return true
  const newest = Math.max(...filesOf(sources).map((path) => statSync(path).mtimeMs))
  return newest > statSync(page).mtimeMs
}

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'dist' ? [] : filesOf(path)
    return [path]
  })
}

function build() {
  const node = isNewEnough(process.versions.node) ? process.execPath : (bundledNode() ?? process.execPath)
  const built = spawnSync(node, [vite, 'build', '--config', config, '--logLevel', 'warn'], {
    cwd: root,
    // Another value makes a development build of it.
    env: { ...process.env, NODE_ENV: 'production' },
    // Nothing on stdout: it belongs to the command that comes next.
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (built.status === 0) return
  process.stderr.write('auditferry: the console could not be built: see the messages above\n')
  process.exit(1)
}
