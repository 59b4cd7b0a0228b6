import { expect, it } from 'vitest'
import { hueOf, initialsOf } from './initials.ts'

it.each([
  ['Dana O', 'DO'],
  ['ci-deploy', 'CD'],
  ['dana', 'D'],
  ['Ana María de la Cruz', 'AC'],
  ['élise', 'É'],
  ['𝒳 y', '𝒳Y'],
  ['--', '?'],
  ['', '?'],
])('shortens %s to %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

it('gives a login one hue, and others another', () => {
  expect(hueOf('dana')).toBe(hueOf('dana'))
  expect(new Set(['dana', 'kim', 'lee', 'ci-deploy'].map(hueOf)).size).toBe(4)
  for (const login of ['', 'x', '𝒳']) expect(hueOf(login)).toSatisfy((hue: number) => hue >= 0 && hue < 360)
})
