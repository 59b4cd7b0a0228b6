/** Which words of a description name what, for each object of the catalogue. Table version 1. */

/** Where a text goes: a member of the target, `path` for `project/stack`, `none` if it is of no interest. */
export type Slot = 'path' | 'name' | 'project' | 'updateId' | 'user' | 'role' | 'none'

export interface Shape {
  /** Words for this object, tried before those of {@link WORDS}. */
  readonly words?: ReadonlyMap<string, Slot>
  /** What the first quoted text is if no word before it explains it. */
  readonly first?: Slot
  /** What a quoted text is if no word explains it and it is the only one. */
  readonly only?: Slot
  /** What a path ends in; if given, an unquoted `project/stack` is read too. */
  readonly bare?: 'stack' | 'name'
  /** Whether an unquoted UUID is the update's. */
  readonly update?: boolean
}

/** What a quoted text is, by the word before it, or else after it. */
export const WORDS: ReadonlyMap<string, Slot> = words({
  path: 'stack environment',
  project: 'project',
  updateId: 'update',
  user: 'user member login collaborator',
  role: 'role permission permissions as',
  none: 'from to suffix organization reason',
})

const stack: Shape = { first: 'path', bare: 'stack' }
const update: Shape = { ...stack, update: true }
const collaborator: Shape = { first: 'user', bare: 'stack', words: words({ role: 'to', user: 'for of' }) }
const environment: Shape = { first: 'path', bare: 'name' }
const person: Shape = { first: 'user', words: words({ role: 'to', user: 'for of' }) }

/** The name is next to one of the words, or is the only quoted text. */
function named(nouns: string, others = ''): Shape {
  return { only: 'name', words: words({ name: nouns, none: others }) }
}

const BY_ACTION: ReadonlyMap<string, Shape> = new Map([
  ['stack-update-started', update],
  ['stack-update-completed', update],
  ['stack-update-canceled', update],
  ['stack-collaborator-added', collaborator],
  ['stack-collaborator-removed', collaborator],
  ['stack-collaborator-permissions-changed', collaborator],
])

const BY_OBJECT: ReadonlyMap<string, Shape> = new Map([
  ['stack', stack],
  ['stack-secret', stack],
  ['deployment-settings', stack],
  ['deployment-schedule', stack],
  ['environment', environment],
  ['environment-draft', environment],
  ['environment-revision', environment],
  ['environment-revision-tag', environment],
  ['environment-secret', environment],
  ['environment-schedule', environment],
  ['environment-tag', environment],
  ['oidc-token', environment],
  ['org-member', person],
  ['invite', { ...person, words: words({ user: 'to for of' }) }],
  ['user', person],
  ['identity', {}],
  ['team', named('team')],
  ['role', named('role')],
  ['org-token', named('token')],
  ['team-token', named('token', 'team')],
  ['personal-token', named('token')],
  ['runner-token', named('token', 'pool')],
  ['service-account', named('service account')],
  ['oidc-issuer', named('issuer')],
  ['runner-pool', named('pool')],
  ['cloud-account', named('account')],
  ['encryption-key', named('key')],
  ['policy-group', named('group', 'pack')],
  ['policy-pack', named('pack', 'group version')],
  ['change-gate', named('gate')],
  ['registry-package-version', named('package', 'version')],
  ['registry-template-version', named('template', 'version')],
  ['registry-tf-module', named('module')],
  ['registry-tf-module-version', named('module', 'version')],
  ['neo-task', named('task')],
  ['neo-integration', named('integration')],
  ['neo-cli-integration', named('integration')],
  ['neo-model-provider', named('provider')],
])

export function shapeOf(action: string, object: string): Shape | undefined {
  return BY_ACTION.get(action) ?? BY_OBJECT.get(object)
}

function words(slots: Partial<Record<Slot, string>>): ReadonlyMap<string, Slot> {
  const entries = Object.entries(slots) as [Slot, string][]
  return new Map(entries.flatMap(([slot, list]) => list.split(' ').map((word) => [word, slot] as const)))
}
