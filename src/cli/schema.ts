/** `auditferry schema`: the JSON Schema of the configuration, for editors. */
import type { Command } from 'commander'
import { configJsonSchema } from '../config/json-schema.ts'
import { connectors } from '../connectors.gen.ts'
import { loadRegistry } from '../registry.ts'

export function register(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the configuration (draft-07)')
    .action(async () => {
      process.stdout.write(`${JSON.stringify(configJsonSchema(await loadRegistry(connectors)), null, 2)}\n`)
    })
}
