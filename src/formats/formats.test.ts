import { expect, test } from 'vitest'
import type { FormatName } from './format.ts'
import { lineFormat } from './formats.ts'

test.each<FormatName>(['native', 'raw', 'csv', 'pulumi_csv', 'cef', 'pulumi_cef', 'leef'])(
  '%s is known by its name',
  (name) => {
    expect(lineFormat(name).name).toBe(name)
  },
)
