import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { SinkDefinition } from '../../src/connector.ts'
import type { SinkHarness } from './sink-harness.ts'
import { describeSink } from './sink-suite.ts'

const sinks = new URL('../../connectors/sinks/', import.meta.url)
const types = readdirSync(sinks).filter((type) => existsSync(new URL(`${type}/harness.ts`, sinks)))

it('finds the sinks', () => {
  expect(types).toEqual(expect.arrayContaining(['file', 'webhook']))
})

for (const type of types) {
  const at = (name: string) => new URL(`${type}/${name}`, sinks)
  const { definition } = (await import(at('index.ts').href)) as { definition?: SinkDefinition }
  const { harness } = (await import(at('harness.ts').href)) as { harness?: SinkHarness }

  describe(`sink ${type}`, () => {
    it('exports its definition and harness, called like the folder', () => {
      expect([definition?.type, harness?.type]).toEqual([type, type])
    })
    if (definition === undefined || harness === undefined) return
    describeSink({ definition, harness, example: () => readFile(at('example.yaml'), 'utf8') })
  })
}
