import { expect, it } from 'vitest'
import type { SinkDefinition, SourceDefinition } from './connector.ts'
import { loadRegistry } from './registry.ts'

it('loads only the connectors that are needed, and knows the types of all', async () => {
  const loaded: string[] = []
  const loader = (type: string) => async () => {
    loaded.push(type)
    return { definition: { type } as SinkDefinition & SourceDefinition }
  }
  const connectors = { sources: { a: loader('a') }, sinks: { b: loader('b'), c: loader('c') } }
  const { sources, sinks, types } = await loadRegistry(connectors, (_, type) => type === 'b')
  expect(loaded).toEqual(['b'])
  expect([[...sources.keys()], [...sinks.keys()]]).toEqual([[], ['b']])
  expect(types).toEqual({ sources: ['a'], sinks: ['b', 'c'] })
  const all = await loadRegistry(connectors)
  expect([...all.sinks.keys()]).toEqual(['b', 'c'])
})
