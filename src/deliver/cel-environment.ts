/** The CEL that expressions are written in (https://github.com/google/cel-spec): what they may name, and with which types. */
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { Environment } from '@marcbachmann/cel-js'

export type Schema = { readonly [name: string]: string | Schema }

/** What an expression may name: the event's members, each with its CEL type. */
export const VARIABLES: Readonly<Record<string, string | { readonly schema: Schema }>> = {
  uid: 'string',
  source: 'string',
  organization: 'string',
  timestamp: 'int',
  time: 'string',
  observedAt: 'int',
  action: 'string',
  actionName: 'string',
  category: 'string',
  operation: 'string',
  outcome: 'string',
  severity: 'int',
  actor: { schema: texts('type', 'login', 'name', 'avatarUrl', 'email', 'urn') },
  token: { schema: texts('id', 'name') },
  sourceIp: 'string',
  required: { schema: { orgAdmin: 'bool', stackAdmin: 'bool' } },
  authFailure: 'bool',
  target: { schema: texts('type', 'name', 'project', 'stack', 'updateId', 'user', 'role') },
  description: 'string',
  enrichment: {
    schema: {
      fields: 'map<string, dyn>',
      geo: {
        ...texts('country', 'countryName', 'region', 'city'),
        latitude: 'double',
        longitude: 'double',
      },
      as: { number: 'int', organization: 'string' },
    },
  },
  raw: 'dyn',
}

/**
 * A pattern of `matches` that backtracks too often is run by V8's other engine, whose time grows only with the length of
 * the text (https://v8.dev/blog/non-backtracking-regexp). Otherwise anyone who may name a stack could hold up every
 * sink. That engine supports neither look-arounds nor back-references.
 */
const LINEAR_PATTERNS = '--enable-experimental-regexp-engine-on-excessive-backtracks'

/** Loaded with the first expression: most configurations have none, and every command starts faster without it. */
export function loadCel(): typeof import('@marcbachmann/cel-js') {
  setFlagsFromString(LINEAR_PATTERNS)
  return createRequire(import.meta.url)('@marcbachmann/cel-js')
}

export function environment(): Environment {
  const { Environment } = loadCel()
  const made = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  return Object.entries(VARIABLES).reduce(
    (it, [name, type]) => it.registerVariable(name, type as string),
    made,
  )
}

function texts(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, 'string']))
}
