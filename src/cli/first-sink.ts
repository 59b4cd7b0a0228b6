/** What `init` writes for a sink: only what it needs, with the values of its own example where nobody was asked. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { SinkDefinition } from '../connector.ts'

export type FirstOptions = Readonly<Record<string, unknown>>

interface RequiredOption {
  readonly name: string
  readonly description: string
  readonly isSecret: boolean
}

export function requiredOptions(definition: SinkDefinition): RequiredOption[] {
  const schema = z.toJSONSchema(definition.config, { io: 'input', unrepresentable: 'any' })
  return (schema.required ?? []).map((name) => {
    const option = schema.properties?.[name]
    const { description = '', writeOnly = false } = typeof option === 'object' ? option : {}
    return { name, description, isSecret: writeOnly }
  })
}

export function exampleOf({ type }: SinkDefinition): FirstOptions {
  const file = new URL(`../../connectors/sinks/${type}/example.yaml`, import.meta.url)
  const { sinks } = parse(readFileSync(file, 'utf8')) as { sinks: Record<string, FirstOptions> }
  const { type: _, ...options } = Object.values(sinks)[0] ?? {}
  return options
}

/** Why a required option refuses a person's answer; undefined if it accepts it. */
export function whyRefused(definition: SinkDefinition, name: string, said: string): string | undefined {
  if (said === '') return 'needed'
  const example = exampleOf(definition)
  const { error } = definition.config.safeParse({ ...example, [name]: optionOf(said, example[name]) })
  return error?.issues.find(({ path }) => path[0] === name)?.message
}

/** As written in the file, variables included. `answers`: what a person said for the required ones. */
export function firstOptions(
  definition: SinkDefinition,
  answers: Readonly<Record<string, string>> = {},
): FirstOptions {
  const example = exampleOf(definition)
  const required = requiredOptions(definition)
  const secrets = new Set(required.filter(({ isSecret }) => isSecret).map(({ name }) => name))
  const least = Object.fromEntries(
    required.map(({ name }) => {
      if (secrets.has(name)) return [name, `$\{${`${definition.type}_${name}`.toUpperCase()}}`]
      const said = answers[name]?.replaceAll('$', () => '$$')
      if (said === undefined) return [name, example[name]]
      return [name, optionOf(said, example[name])]
    }),
  )
  const { error } = definition.config.safeParse(least)
  // A faulty secret is just its placeholder. Any other fault means that an option needs another one, which the example has.
  const isEnough = error?.issues.every(({ path }) => secrets.has(String(path[0]))) ?? true
  return isEnough ? least : { ...example, ...least }
}

function optionOf(said: string, example: unknown): string | string[] {
  return Array.isArray(example) ? said.split(',').map((one) => one.trim()) : said
}
