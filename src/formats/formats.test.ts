import { expect, test } from 'vitest'
import { FORMAT_NAMES, lineFormat } from './formats.ts'

test.each(FORMAT_NAMES)('%s is known by its name', (name) => {
  expect(lineFormat(name).name).toBe(name)
})
