/** What `--help` says of every command: in the same words, without noise, in 80 columns. */
import { readdirSync } from 'node:fs'
import { Command } from 'commander'
import { expect, test } from 'vitest'

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

test('each option is described, and says no default that means nothing', async () => {
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
