import { expect, test } from 'vitest'
import { catalogue } from '../normalise/catalogue.ts'
import { catalogueEntry, schemaRow, schemaTable } from './schema-table.ts'

test('each id of the catalogue has one row, in its order', () => {
  expect(schemaTable.map(({ event }) => event)).toEqual(catalogue.map(({ event }) => event))
})

test('a row is found by its id, and nothing by another', () => {
  expect(schemaRow('team-created')).toMatchObject({
    ocsf: 300606,
    ocsfNeedsTarget: true,
    ocsfBefore19: 600301,
  })
  expect(schemaRow('constructor')).toBeUndefined()
  expect(catalogueEntry('team-created')).toMatchObject({ kind: 'group', object: 'team' })
  expect(catalogueEntry('of-tomorrow')).toBeUndefined()
})

test.each(schemaTable)('$event has numbers of known OCSF classes', ({ ocsf, ocsfBefore19 }) => {
  expect([3002, 3004, 3006, 3007, 3008, 6003]).toContain(Math.floor(ocsf / 100))
  expect([3001, 3002, 3004, 3005, 3006, 6003]).toContain(Math.floor(ocsfBefore19 / 100))
})

/** ECS 9.5: expected event types by category. */
const ECS_PAIRS: Readonly<Record<string, readonly string[]>> = {
  iam: ['admin', 'change', 'creation', 'deletion', 'group', 'info', 'user'],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  authentication: ['start', 'end', 'info'],
  api: 'access admin allowed change creation deletion denied end info start user'.split(' '),
}

test.each(schemaTable)('$event has types that ECS allows in its categories', ({ ecsCategory, ecsType }) => {
  for (const category of ecsCategory) {
    for (const type of ecsType) expect(ECS_PAIRS[category]).toContain(type)
  }
})
