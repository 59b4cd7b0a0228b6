/**
 * Builds the image without a container engine, as far as that goes: each stage is a folder, COPY copies, RUN runs with
 * the stage's paths in place of the absolute ones, and each variant is tried as the image's user. Not covered: the base
 * image itself and the kernel's isolation. `.ci/run` starts it: `node test/image/build.ts`.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { execForm, parseDockerfile, type Stage, type Step, textsOf } from './dockerfile.ts'
import { tryPackages } from './packages.ts'
import { type Image, smoke } from './smoke.ts'

/** Build arguments, by name. */
type Values = Readonly<Record<string, string>>

const context = join(import.meta.dirname, '../..')
const work = mkdtempSync(join(tmpdir(), 'auditferry-image-'))
chmodSync(work, 0o755)

const stages = parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'))
const built = new Map<string, string>()

try {
  const final = stages.at(-1)
  if (final === undefined) throw new Error('Dockerfile: no stage')
  for (const VARIANT of ['plain', 'full'] as const) {
    const image = imageOf(final, rootOf(final, { VARIANT }))
    await smoke(image)
    tryPackages(image, VARIANT)
    rmSync(image.root, { recursive: true })
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Builds a stage and those that it needs. Both variants share named stages that take no build argument. */
function rootOf(stage: Stage, args: Values): string {
  const taken = valuesOf(stage, args)
  const key = [stage.name || 'final', ...Object.values(taken)].join('-')
  const done = built.get(key)
  if (done !== undefined) return done
  const root = join(work, key)
  const base = stages.find(({ name }) => name === stage.base)
  if (base !== undefined) cpSync(rootOf(base, args), root, { recursive: true, preserveTimestamps: true })
  buildStage(stage, root, args, taken)
  if (stage.name !== '') built.set(key, root)
  return root
}

/** The values of a stage's build arguments. */
function valuesOf(stage: Stage, args: Values): Values {
  const pairs = textsOf(stage, 'ARG').map((text) => {
    const [name = '', preset = ''] = text.split('=')
    return [name, args[name] ?? preset]
  })
  return Object.fromEntries(pairs)
}

function buildStage(stage: Stage, root: string, args: Values, taken: Values): void {
  const base = stages.find(({ name }) => name === stage.base)
  const inherited = base === undefined ? [] : textsOf(base, 'WORKDIR')
  let workdir = inherited.at(-1) ?? '/'
  for (const step of stage.steps) {
    if (step.instruction === 'WORKDIR') {
      workdir = step.text
      mkdirSync(join(root, workdir), { recursive: true })
    }
    if (step.instruction === 'COPY') copy(step, root, workdir, args)
    if (step.instruction === 'RUN')
      run(step, [...inherited, ...textsOf(stage, 'WORKDIR')], root, workdir, taken)
  }
}

function copy(step: Step, root: string, workdir: string, args: Values): void {
  const other = stages.find(({ name }) => name === step.flags.from)
  if (step.flags.from !== undefined && other === undefined)
    throw new Error(`COPY --from=${step.flags.from}: no such stage`)
  const from = other === undefined ? context : rootOf(other, args)
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

function run(step: Step, workdirs: readonly string[], root: string, workdir: string, taken: Values): void {
  const absolute = [...workdirs, '/var/lib']
  const command = absolute.reduce(
    (text, path) => text.replaceAll(` ${path}`, ` ${join(root, path)}`),
    step.text,
  )
  for (const path of absolute) mkdirSync(join(root, path), { recursive: true })
  process.stdout.write(`RUN ${step.text}\n`)
  execFileSync('/bin/sh', ['-euc', command], {
    cwd: join(root, workdir),
    env: { ...process.env, ...taken },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function imageOf(final: Stage, root: string): Image {
  const [uid = 0, gid = 0] = textsOf(final, 'USER').join().split(':').map(Number)
  const main = execForm(textsOf(final, 'ENTRYPOINT').join())?.at(-1) ?? ''
  // The machine's Node may be where the image's user can't reach it.
  const node = join(work, 'node')
  cpSync(process.execPath, node)
  return { node, root, main: join(root, main), user: isRoot() ? { uid, gid } : {} }
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
