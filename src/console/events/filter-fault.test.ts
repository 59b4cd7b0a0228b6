import { expect, it } from 'vitest'
import { faultOf } from './filter-fault.ts'

const ARCHIVES = [{ id: 'hot' }, { id: 'cold' }]

it.each([
  [{}, undefined],
  [{ archive: 'cold', from: '1', to: '2', text: 'x'.repeat(1_000) }, undefined],
  [{ archive: 'warm' }, 'There is no archive warm here.'],
  [{ from: '2', to: '2' }, /^“From” is not before “To”/],
  [{ to: '0' }, /^“From” is not before “To”/],
  [{ from: '10', to: '9' }, /^“From” is not before “To”/],
  [{ login: 'x'.repeat(1_001) }, /^User is longer than 1,000 characters/],
])('tells of %j why it can’t be asked for', (filters, fault) => {
  if (fault instanceof RegExp) expect(faultOf(filters, ARCHIVES)).toMatch(fault)
  else expect(faultOf(filters, ARCHIVES)).toBe(fault)
})
