#!/bin/sh
':' /*
# A shell script and an ES module in one. Run directly, the shell replaces itself with a Node that can run
# TypeScript, so that the process id stays the same: whoever started it signals the engine itself.
# Run by an older Node, all of this is a comment, and the module below finds such a Node.
here=$(dirname "$(readlink -f "$0")")
# Halves the time to start; without a right to write there Node goes on without it.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$here/../../node_modules/.cache/node}"
# Whose end is ours when npx started us: end-with-npx.ts. Said here, since Node needs a while to look itself.
export AUDITFERRY_PARENT=$PPID
# As in node-version.mjs, where it says why.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
export GLIBC_TUNABLES="${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}"
flags="--max-semi-space-size=6 --heap-growing-percent=70 --no-allocation-site-pretenuring"
# As early-signals.cjs, which goes on with it.
case "$1" in run | start) trap '' HUP ;; esac
for arch in x64 arm64; do
  node=$here/../../node_modules/node-linux-$arch/bin/node
  # One that npm brought may not run here, for want of glibc.
  [ -x "$node" ] && "$node" -v >/dev/null 2>&1 && exec "$node" $flags --require "$here/early-signals.cjs" "$here/../main.ts" "$@"
done
command -v node >/dev/null && exec node "$here/auditferry.mjs" "$@"
echo "auditferry: Node.js is missing: install Node.js 24.15 or newer" >&2
exit 1
*/
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bundledNode, isNewEnough, NODE_ENVIRONMENT, NODE_FLAGS, NODE_FLOOR } from './node-version.mjs'

const main = new URL('../main.ts', import.meta.url)
const early = new URL('./early-signals.cjs', import.meta.url)

if (isNewEnough(process.versions.node)) {
  await import(early.href)
  await import(main.href)
} else runWith(bundledNode())

function runWith(node) {
  if (node === undefined) {
    const cure = 'run `npm ci`, which brings one along on Linux, or install Node.js 24'
    fail(`needs Node.js ${NODE_FLOOR} or newer, this is ${process.versions.node}: ${cure}`)
  }
  const preload = new URL('./end-with-parent.mjs', import.meta.url).href
  const child = spawn(
    node,
    [
      ...NODE_FLAGS,
      '--require',
      fileURLToPath(early),
      '--import',
      preload,
      fileURLToPath(main),
      ...process.argv.slice(2),
    ],
    {
      env: { ...NODE_ENVIRONMENT, ...process.env },
      // The fourth is a channel that closes when we die, so that the child does not outlive us unseen.
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    },
  )
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(message) {
  process.stderr.write(`auditferry: ${message}\n`)
  process.exit(1)
}
