import fc from 'fast-check'
import { expect, test } from 'vitest'
import { catalogue, identify } from './catalogue.ts'
import { targetOf } from './target.ts'

const uuid = '6f93b1c2-0d1e-4f5a-8b6c-7d8e9f0a1b2c'

test.each([
  ['stack-created', 'Created stack "web/prod"', { project: 'web', stack: 'prod' }],
  ['stack-created', 'Created stack "acme/web/prod"', { project: 'web', stack: 'prod' }],
  ['stack-created', 'Created stack web/prod.', { project: 'web', stack: 'prod' }],
  ['stack-created', 'web/prod', { project: 'web', stack: 'prod' }],
  ['stack-deleted', 'Deleted acme/web/prod', { project: 'web', stack: 'prod' }],
  ['stack-exported', 'Stack "dev" of project "web" exported', { stack: 'dev', project: 'web' }],
  [
    'stack-update-started',
    `Started update "${uuid}" for stack "project1/dev"`,
    { updateId: uuid, project: 'project1', stack: 'dev' },
  ],
  [
    'stack-update-completed',
    `Completed update ${uuid} of web/prod.`,
    { updateId: uuid, project: 'web', stack: 'prod' },
  ],
  ['stack-update-started', 'Started update "6f93..." for stack "web/dev"', { project: 'web', stack: 'dev' }],
  ['stack-renamed', 'Renamed stack "web/dev" to "web/staging"', { project: 'web', stack: 'dev' }],
  [
    'secret-decrypted',
    'Decrypted secret value for stack "demo/dev" (cipher text suffix: "a/b4c=")',
    { project: 'demo', stack: 'dev' },
  ],
  [
    'stack-collaborator-added',
    'Added "bob" with "admin" permission to stack "web/prod"',
    { user: 'bob', role: 'admin', project: 'web', stack: 'prod' },
  ],
  ['environment-open', 'Opened environment "web/prod"', { project: 'web', name: 'prod' }],
  ['environment-open', 'Opened environment "legacy"', { name: 'legacy' }],
  ['user-login', 'User "alice" logged into the Pulumi Console.', { user: 'alice' }],
  ['member-role-changed', 'Changed role of "dana" from "member" to "admin"', { user: 'dana', role: 'admin' }],
  ['member-role-changed', '"dana" role changed to "admin"', { user: 'dana', role: 'admin' }],
  ['member-added', 'Added "dana" as a member', { user: 'dana', role: 'member' }],
  ['organization-invite-sent', 'Sent an invite to "bob@example.com"', { user: 'bob@example.com' }],
  ['team-updated', 'Added user "bob" to team "ops"', { user: 'bob', name: 'ops' }],
  ['team-deleted', 'Deleted "ops"', { name: 'ops' }],
  ['custom-role-created', 'Created role "auditor"', { name: 'auditor' }],
  ['policy-pack-enabled', 'Enabled policy pack "cis" in policy group "default"', { name: 'cis' }],
  ['policy-pack-enabled', 'In policy group "default": enabled pack "cis"', { name: 'cis' }],
  ['registry-package-version-published', 'Published package "aws" version "7.0.0"', { name: 'aws' }],
  ['organization-token-created', 'Created token "ci" for "deploys"', { name: 'ci' }],
])('%s: %s', (event, description, members) => {
  const { action, entry } = identify(event)
  expect(targetOf(action, entry?.object, description)).toEqual({ type: entry?.object, ...members })
})

test.each([
  ['stack-created', ''],
  ['stack-created', 'A stack was created'],
  ['stack-created', 'Granted read/write and/or more'],
  ['stack-created', 'Created stack "unclosed/quote'],
  ['stack-created', 'Created stack ""'],
  ['stack-created', 'Created stack "a//b"'],
  ['stack-created', 'Created stack a/b/c/d'],
  ['stack-created', 'Created stack web/prodé'],
  ['stack-created', `Created stack web/${'x'.repeat(3_000)}`],
  ['team-updated', 'Changed "a" and "b"'],
  ['policy-pack-enabled', 'Enabled everything of policy group "default"'],
  ['organization-settings-changed', 'Changed "members can create stacks"'],
  ['saml-configuration-updated', 'Changed "sso"'],
  ['never-heard-of', 'Did something to stack "web/prod"'],
])('nothing is invented for %s: %s', (event, description) => {
  const { action, entry } = identify(event)
  expect(targetOf(action, entry?.object, description)).toBeUndefined()
})

test('whatever the text, each member of a target occurs in it', () => {
  const piece = fc.constantFrom(
    '"',
    '/',
    ' ',
    ':',
    'stack',
    'to',
    'role',
    'user',
    'a',
    'web/prod',
    uuid,
    '\u0000',
    '\ud800',
    '.',
    '-',
    'as an',
  )
  const description = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(fc.constantFrom(...catalogue), description, (entry, text) => {
      const { type, ...members } = targetOf(entry.event, entry.object, text) ?? { type: entry.object }
      expect(type).toBe(entry.object)
      for (const member of Object.values(members)) {
        expect(member).not.toBe('')
        expect(text).toContain(member)
      }
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  '"'.repeat(10_000_000),
  'stack a/'.repeat(1_250_000),
  'a.'.repeat(5_000_000),
  '/'.repeat(10_000_000),
  ' '.repeat(10_000_000),
  `stack "${'a/'.repeat(5_000_000)}`,
])('10 MB of hostile text %# is looked at only in its beginning', (text) => {
  for (const entry of catalogue) targetOf(entry.event, entry.object, text)
  expect(targetOf('stack-created', 'stack', `Created stack "web/prod" ${text}`)).toEqual({
    type: 'stack',
    project: 'web',
    stack: 'prod',
  })
})
