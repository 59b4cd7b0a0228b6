/** What `--help` says about every command: in consistent words, without noise, in 80 columns. */
import { readdirSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { repositoryFiles } from '../guards/repository.ts'

const folder = new URL('../../src/cli/', import.meta.url)

async function everyCommand(): Promise<Command[]> {
  const program = new Command('auditferry')
  for (const file of readdirSync(folder).filter((it) => /^[a-z-]+\.ts$/.test(it))) {
    const { register } = await import(new URL(file, folder).href)
    register?.(program)
  }
  const below = (command: Command): Command[] => [command, ...command.commands.flatMap(below)]
  return below(program)
}

test('each option has a description, and no meaningless default', async () => {
  const commands = await everyCommand()
  expect(commands.length).toBeGreaterThan(20)
  for (const command of commands) {
    const help = command.helpInformation()
    expect(help.split('\n').filter((line) => line.length > 80 || /default: (\[\]|false)/.test(line))).toEqual(
      [],
    )
    for (const { flags, description } of command.options) {
      expect([command.name(), flags, description]).toEqual([
        command.name(),
        flags,
        expect.stringMatching(/./),
      ])
      if (flags.includes('--config')) expect(description).toMatch(/^configuration file(, for --sink| \(def)/)
    }
  }
})

test('the documents name only options that exist', async () => {
  const commands = await everyCommand()
  const documents = repositoryFiles(/\.(md|yaml)$/).filter(({ path }) => path !== 'CHANGELOG.md')
  expect(documents.flatMap((it) => unknownOptions(it.text, commands))).toEqual([])
  const text = 'auditferry run --onec; `auditferry dead-letters drop x --yes`, auditferry check soc --send.'
  expect(unknownOptions(text, commands)).toEqual(['run --onec'])
})

test('docs/command-line.md names every option', async () => {
  const page = readFileSync('docs/command-line.md', 'utf8')
  const absent = (await everyCommand()).flatMap((command) =>
    command.options
      .filter(({ long, short }) => ![long, short].some((name) => name && page.includes(name)))
      .map(({ flags }) => `${command.name()} ${flags}`),
  )
  expect(absent).toEqual([])
})

function unknownOptions(text: string, commands: readonly Command[]): string[] {
  return [...text.matchAll(/\bauditferry ((?:[\w[\]<>{}$.:/…-]+ ?)+)/g)].flatMap(([, line = '']) => {
    const [name, below, ...rest] = line.split(' ')
    const group = commands.find((it) => it.name() === name && it.parent?.name() === 'auditferry')
    const command = group?.commands.find((it) => it.name() === below) ?? group
    if (command === undefined) return []
    const known = command.options.flatMap(({ long, short }) => [long, short])
    return [below ?? '', ...rest]
      .map((word) => word.replaceAll(/[[\].,:;]/g, ''))
      .filter((word) => /^--?[a-z]/.test(word) && !known.includes(word) && word !== '--help')
      .map((word) => `${command.name()} ${word}`)
  })
}
