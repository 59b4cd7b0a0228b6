import { expect, it } from 'vitest'
import { actorName, stackName } from './event-names.ts'

it.each([
  [{ type: 'user', login: 'dana', name: 'Dana O' }, 'Dana O'],
  [{ type: 'user', login: 'dana', name: ' ' }, 'dana'],
  [{ type: 'token', login: '', name: 'deploy-agent' }, 'deploy-agent'],
  [{ type: 'system', login: '', name: '' }, 'system'],
] as const)('calls %j %s', (actor, name) => {
  expect(actorName(actor)).toBe(name)
})

it.each([
  [{ type: 'stack', project: 'web', stack: 'prod' }, 'web/prod'],
  [{ type: 'stack', stack: 'prod' }, 'prod'],
])('calls the stack of %j %s', (target, name) => {
  expect(stackName(target)).toBe(name)
})
