/**
 * Installs the packages when node_modules is missing or does not match package-lock.json, and builds the console. `npm start` and `npm test` run it
 * first, on whatever Node the machine has: plain JavaScript that Node 18 understands, without imports of packages.
 * `--dev`: the development packages are needed too.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeTurn } from './install-turn.mjs'
import { bundledNode, isNewEnough } from './node-version.mjs'
import { cacheOption } from './npm-cache.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dev = process.argv.includes('--dev')
if (whyInstall()) {
  const turn = await takeTurn(root)
  // Another process may just have done it.
  const reason = whyInstall()
  if (reason) await install(reason, turn)
}
await import('./build-console.mjs')

/** Why the packages must be installed, or '' when they are as the lock file wants them. */
function whyInstall() {
  const wanted = packagesOf(join(root, 'package-lock.json'))
  // npm records here what it really installed: https://docs.npmjs.com/cli/configuring-npm/package-lock-json#hidden-lockfiles
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  if (Object.keys(installed).length === 0) return 'none are there yet'
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.optional || (entry.dev && !dev)) continue
    const found = installed[path]
    if (found?.version !== entry.version || found?.integrity !== entry.integrity)
      return `${path} is not up to date`
    if (!existsSync(join(root, path, 'package.json'))) return `${path} is missing`
  }
  if (!isNewEnough(process.versions.node) && bundledNode() === undefined) return 'a newer Node.js is needed'
  return ''
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? {}
  } catch {
    return {}
  }
}

async function install(why, turn) {
  process.stderr.write(`auditferry: installing packages (${why})\n`)
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  // The Node that auditferry runs on and the console's build tools are optional packages, which npm may be set to omit.
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--include=optional', ...cacheOption()]
  const [command, ...first] = [...npm, 'ci', ...options]
  // Nothing on stdout: it belongs to the command that comes next.
  const child = spawn(command, dev ? [...first, '--include=dev'] : first, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  turn.heldBy(child.pid)
  // npm ignores a signal, and would still be running when the user starts us again; what it leaves behind is reinstalled.
  for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
    process.on(signal, () => {
      child.kill('SIGKILL')
      process.exit(128 + number)
    })
  }
  const [code] = await once(child, 'exit').catch((error) => [error.message])
  if (code === 0) return
  process.stderr.write('auditferry: the packages could not be installed: see the messages of npm above\n')
  process.exit(1)
}
