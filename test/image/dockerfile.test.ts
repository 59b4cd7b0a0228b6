import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import node from '../../src/cli/node-flags.json' with { type: 'json' }
import { execForm, parseDockerfile, type Stage, textsOf } from './dockerfile.ts'

describe('Dockerfile', () => {
  const text = readFileSync('Dockerfile', 'utf8')

  it('keeps the rules of an image that may run in a locked-down cluster', () => {
    expect(problems(text)).toEqual([])
  })

  it('copies only what exists and what .dockerignore lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8').split('\n')
    expect(allowed).toContain('*')
    for (const source of contextSources(parseDockerfile(text))) {
      expect(existsSync(source), source).toBe(true)
      const ways = [`!${source}`, `!${dirname(source)}`]
      expect(
        ways.some((way) => allowed.includes(way)),
        source,
      ).toBe(true)
    }
  })

  it.each([
    ['a base without a version', 'FROM node:24.21.0-bookworm-slim', 'FROM node', 'is not pinned'],
    ['root', 'USER 10001:10001', 'USER root', 'numeric'],
    ['development packages', '--omit=dev ', '', 'production packages'],
    ['a shell as process 1', /ENTRYPOINT .*/, 'ENTRYPOINT node main.ts', 'exec form'],
    ['another environment', 'MALLOC_ARENA_MAX=1', 'MALLOC_ARENA_MAX=2', 'as the launcher starts it'],
    ['no health check', /HEALTHCHECK[\s\S]*?\n {2}CMD.*\n/, '', 'HEALTHCHECK'],
    ['another stop signal', 'STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL', 'SIGTERM'],
    ['state inside the root file system', /VOLUME.*\n/, '', 'volume'],
    ['a command run in the final stage', 'USER 10001:10001', 'RUN npm ci\nUSER 10001:10001', 'final stage'],
    ['a base that a variable names', 'FROM build AS app', 'FROM $VARIANT AS app', 'is not pinned'],
    ['a variant that is large by default', 'ARG VARIANT=plain', 'ARG VARIANT=full', 'not plain by default'],
    ['a package of the plain variant', 'plain) ;;', 'plain) npm i x ;;', 'plain variant'],
    ['a package of both variants', 'RUN case', 'RUN npm i x; case', 'plain variant'],
    ['another step of both variants', 'RUN case', 'RUN npm i x\nRUN case', 'plain variant'],
    ['a variant that is not known', 'exit 1 ;;', ';;', 'unknown variant'],
    [
      'versions written twice',
      '$(node -p ',
      'google-auth-library@11.3.4 $(echo ',
      'versions of package.json',
    ],
    ['no license', /COPY LICENSE.*\n/, '', 'license'],
    ['no labels', /LABEL[\s\S]*?\nENV/, 'ENV', 'label'],
  ])('notices %s', (_, from, to, expected) => {
    const worse = text.replaceAll(from instanceof RegExp ? new RegExp(from, 'g') : from, to)
    expect(worse).not.toBe(text)
    expect(problems(worse).join('\n')).toContain(expected)
  })
})

function problems(text: string): string[] {
  const stages = parseDockerfile(text)
  const final = stages.at(-1)
  if (final === undefined || stages.length < 2) return ['needs a build stage and a final stage']
  const all = stages.flatMap((stage) => textsOf(stage, 'RUN'))
  const hasStage = (base: string) => stages.some(({ name }) => name !== '' && name === base)
  const app = stages.find(({ name }) => name === 'app')
  const entry = execForm(textsOf(final, 'ENTRYPOINT').join())
  const rules: [boolean, string][] = [
    [
      stages.every(({ base }) => /^[a-z]+:\d+\.\d+\.\d+-[a-z-]+$/.test(base) || hasStage(base)),
      'a base is not pinned by tag',
    ],
    [app?.steps[0]?.text === 'VARIANT=plain', 'the image is not plain by default'],
    [
      app?.steps.map((step) => step.instruction).join() === 'ARG,RUN' && runsNothing(app, 'plain', 0, ''),
      'the plain variant adds something',
    ],
    [
      app !== undefined && runsNothing(app, 'fat', 1, 'VARIANT is plain or full, not fat\n'),
      'an unknown variant is built',
    ],
    [
      all.some((run) => run.includes('.peerDependencies')) && !all.some((run) => /@\d/.test(run)),
      'the full variant does not take the versions of package.json',
    ],
    [
      all.some((run) => run.includes('npm ci --omit=dev --omit=optional')),
      'installs not only production packages',
    ],
    [
      Object.entries(node.environment).every((pair) => textsOf(final, 'ENV').join().includes(pair.join('='))),
      'the engine is not started as the launcher starts it',
    ],
    [textsOf(final, 'RUN').length === 0, 'the final stage runs a command'],
    [/^[1-9]\d*:[1-9]\d*$/.test(textsOf(final, 'USER').join()), 'USER is not a numeric, unprivileged user'],
    [
      entry?.join(' ') ===
        `node ${node.flags.join(' ')} --require /app/src/cli/early-signals.cjs /app/src/main.ts`,
      'ENTRYPOINT is not the exec form of the engine',
    ],
    [execForm(textsOf(final, 'CMD').join())?.join() === 'run', 'CMD is not ["run"]'],
    [textsOf(final, 'STOPSIGNAL').join() === 'SIGTERM', 'STOPSIGNAL is not SIGTERM'],
    [textsOf(final, 'HEALTHCHECK').length === 1, 'HEALTHCHECK is missing'],
    [textsOf(final, 'VOLUME').join().includes('/var/lib/auditferry'), 'the state is not a volume'],
    [contextSources(stages).includes('LICENSE'), 'the license does not come along'],
    [['title', 'description', 'licenses'].every((key) => hasLabel(final, key)), 'a label is missing'],
  ]
  return rules.filter(([kept]) => !kept).map(([, problem]) => problem)
}

/** Whether the shell alone gets this far: without a PATH it finds no other command. */
function runsNothing(stage: Stage, VARIANT: string, code: number, says: string): boolean {
  const script = textsOf(stage, 'RUN').join('\n')
  const ran = spawnSync('/bin/sh', ['-euc', script], { env: { PATH: '/nowhere', VARIANT }, encoding: 'utf8' })
  return ran.status === code && ran.stderr === says
}

function hasLabel(stage: Stage, key: string): boolean {
  return textsOf(stage, 'LABEL').some((text) => text.includes(`org.opencontainers.image.${key}=`))
}

function contextSources(stages: readonly Stage[]): string[] {
  return stages
    .flatMap((stage) => stage.steps)
    .filter((step) => step.instruction === 'COPY' && step.flags.from === undefined)
    .flatMap((step) => step.text.split(/\s+/).slice(0, -1))
}
