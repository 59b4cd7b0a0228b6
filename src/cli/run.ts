/** `auditferry run`: the service, or one pass with `--once`. */
import type { Command } from 'commander'
import { unbroken } from '../lib/printable.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { loadOrFail } from './load-or-fail.ts'
import { serveFile } from './serve-file.ts'

export function register(program: Command): void {
  program
    .command('run')
    .description('poll the sources and deliver to the sinks, until stopped')
    .option(...CONFIG_OPTION)
    .option('--once', 'poll everything once, deliver everything, then exit: 0 done, 3 incomplete')
    .action(async (options: { config?: string; once?: true }) => {
      if (options.once !== true) return serveFile(options.config)
      const config = await loadOrFail(options.config)
      const { runOnce } = await import('./service.ts')
      const undone = await runOnce(config)
      for (const what of undone) process.stderr.write(`auditferry: ${unbroken(what)}\n`)
      process.exitCode = undone.length === 0 ? 0 : 3
    })
}
