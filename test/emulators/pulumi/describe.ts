/** Descriptions in the style of the real log: names in double quotes, commas, identifiers. */
import type { CatalogueEntry } from '../../../src/normalise/catalogue.ts'
import type { Draw } from './random.ts'

const PROJECTS = ['web', 'billing-api', 'network', 'data-platform', 'identity', 'edge']
const STACKS = ['dev', 'staging', 'prod', 'prod-eu']
const ROLES = ['admin', 'member', 'billing manager']

export function describe(entry: CatalogueEntry, login: string, draw: Draw): string {
  const stack = `${draw.oneOf(PROJECTS)}/${draw.oneOf(STACKS)}`
  switch (entry.event) {
    case 'stack-update-started':
      return `Started update "${draw.uuid()}" for stack "${stack}"`
    case 'stack-update-completed':
      return `Completed update "${draw.uuid()}" for stack "${stack}", ${draw.below(40)} resources changed`
    case 'secret-decrypted':
      return `Decrypted secret value for stack "${stack}" (cipher text suffix: "${draw.uuid().slice(0, 7)}=")`
    case 'user-login':
      return `User "${login}" logged into the Pulumi Console.`
    case 'environment-open':
      return `Opened environment "${stack}" at revision ${1 + draw.below(90)}`
    case 'member-role-changed':
      return `Changed role of "${login}" from "member" to "${draw.oneOf(ROLES)}", as requested`
    default:
      return `${entry.name}: ${entry.object} "${stack}"`
  }
}
