/**
 * Builds the image without a container engine, as far as that goes: each stage is a folder, COPY copies, RUN runs
 * with the stage's paths put in place of the absolute ones, and the result is tried as the image's user.
 * Not covered: the base image itself, the kernel's isolation. `.ci/run` starts it: `node test/image/build.ts`.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { execForm, parseDockerfile, type Stage, type Step, textsOf } from './dockerfile.ts'
import { smoke } from './smoke.ts'

const context = join(import.meta.dirname, '../..')
const work = mkdtempSync(join(tmpdir(), 'auditferry-image-'))
chmodSync(work, 0o755)

try {
  const stages = parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'))
  const built = new Map<string, string>()
  for (const [index, stage] of stages.entries()) {
    const root = join(work, stage.name || `stage-${index}`)
    buildStage(stage, root, built)
    built.set(stage.name || 'final', root)
  }
  const final = stages.at(-1)
  if (final !== undefined) await tryOut(final, built.get('final') ?? work)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function buildStage(stage: Stage, root: string, built: ReadonlyMap<string, string>): void {
  let workdir = '/'
  for (const step of stage.steps) {
    if (step.instruction === 'WORKDIR') {
      workdir = step.text
      mkdirSync(join(root, workdir), { recursive: true })
    }
    if (step.instruction === 'COPY') copy(step, root, workdir, built)
    if (step.instruction === 'RUN') run(step, stage, root, workdir)
  }
}

function copy(step: Step, root: string, workdir: string, built: ReadonlyMap<string, string>): void {
  const from = step.flags.from === undefined ? context : built.get(step.flags.from)
  if (from === undefined) throw new Error(`COPY --from=${step.flags.from}: no such stage`)
  const paths = step.text.split(/\s+/)
  const to = paths.pop() ?? ''
  for (const path of paths) {
    const into = join(
      to.startsWith('/') ? root : join(root, workdir),
      to,
      to.endsWith('/') ? basename(path) : '',
    )
    mkdirSync(dirname(into), { recursive: true })
    cpSync(join(from, path), into, { recursive: true, preserveTimestamps: true })
    const [uid, gid] = (step.flags.chown ?? '').split(':').map(Number)
    if (uid && gid && isRoot()) chownSync(into, uid, gid)
  }
}

function run(step: Step, stage: Stage, root: string, workdir: string): void {
  const absolute = [...textsOf(stage, 'WORKDIR'), '/var/lib']
  const command = absolute.reduce(
    (text, path) => text.replaceAll(` ${path}`, ` ${join(root, path)}`),
    step.text,
  )
  for (const path of absolute) mkdirSync(join(root, path), { recursive: true })
  process.stdout.write(`RUN ${step.text}\n`)
  execFileSync('/bin/sh', ['-euc', command], {
    cwd: join(root, workdir),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

async function tryOut(final: Stage, root: string): Promise<void> {
  const [uid = 0, gid = 0] = textsOf(final, 'USER').join().split(':').map(Number)
  const main = execForm(textsOf(final, 'ENTRYPOINT').join())?.at(-1) ?? ''
  // The machine's Node may lie where the image's user cannot reach it.
  const node = join(work, 'node')
  cpSync(process.execPath, node)
  await smoke({ node, root, main: join(root, main), user: isRoot() ? { uid, gid } : {} })
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
