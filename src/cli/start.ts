/**
 * `auditferry start`, what `npm start` runs: a found configuration, else the environment's PULUMI_ACCESS_TOKEN and
 * PULUMI_ORG into a file, else the demo.
 */
import { join } from 'node:path'
import type { Command } from 'commander'
import { findConfig } from '../config/find.ts'
import type { ConfigError } from '../config/problems.ts'
import { UsageError } from '../errors.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { runDemo } from './demo.ts'
import { loadTextOrFail } from './load-or-fail.ts'
import { serveFile } from './serve-file.ts'

export function register(program: Command): void {
  program
    .command('start')
    .description('run with ./auditferry.yaml, or PULUMI_ACCESS_TOKEN and PULUMI_ORG, or the demo')
    .option(...CONFIG_OPTION)
    .action(async (options: { config?: string }) => {
      if (findConfig(options.config, process.env) !== undefined) return serveFile(options.config)
      const { PULUMI_ACCESS_TOKEN: token = '', PULUMI_ORG: organization = '' } = process.env
      if (token !== '' && organization !== '') {
        process.stderr.write(
          `No auditferry.yaml here: carrying the audit log of ${organization} into ./out/audit.ndjson.\n`,
        )
        const { runService } = await import('./service.ts')
        const file = join(process.cwd(), 'auditferry.yaml')
        return runService(await loadTextOrFail(fromEnvironment(), file, nameVariable))
      }
      if (token !== '')
        throw new UsageError('PULUMI_ACCESS_TOKEN is set; PULUMI_ORG, the organisation to read, is not')
      if (organization !== '') {
        const missing = 'PULUMI_ACCESS_TOKEN, the token that may read its audit log, is not'
        throw new UsageError(`PULUMI_ORG is set; ${missing}`)
      }
      process.stderr.write(
        'No auditferry.yaml here, and no PULUMI_ACCESS_TOKEN with PULUMI_ORG: this is the demo.\n',
      )
      return runDemo({})
    })
}

const VARIABLES: Readonly<Record<string, string>> = {
  'sources.pulumi.organization': 'PULUMI_ORG',
  'sources.pulumi.access_token': 'PULUMI_ACCESS_TOKEN',
  'sources.pulumi.api_url': 'PULUMI_API',
}

/** There is no file with that line. */
function nameVariable({ path, message }: ConfigError): string {
  return `${VARIABLES[path] ?? path}: ${message}`
}

/** Values stay in the environment: the text names variables only. */
function fromEnvironment(): string {
  return `
sources:
  pulumi:
    type: pulumi
    organization: \${PULUMI_ORG}
    access_token: \${PULUMI_ACCESS_TOKEN}
    api_url: \${PULUMI_API:-https://api.pulumi.com}
sinks:
  local: { type: file, path: ./out/audit.ndjson }
state: { type: embedded, path: ./data }
`
}
