/** `auditferry status`: the state, lag and counts of every component, once. */
import type { Command } from 'commander'
import { CONFIG_OPTION } from './config-option.ts'
import { print, printJson, processSeams, type Seams, screenOf, withEngine } from './seams.ts'
import { renderStatus } from './status-view.ts'

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('status')
    .description('show the state, lag and counts of every source and sink')
    .option(...CONFIG_OPTION)
    .option('--json', 'print one JSON document')
    .action(async (options: { config?: string; json?: true }) => {
      const status = await withEngine(seams, options.config, ({ api }) => api.status())
      if (options.json) printJson(seams, status)
      else print(seams, renderStatus(status, { ...screenOf(seams), now: seams.now() }))
    })
}
