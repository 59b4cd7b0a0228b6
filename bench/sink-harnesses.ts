/** The conformance harnesses of the sinks' folders. */
import { existsSync, readdirSync } from 'node:fs'
import type { SinkHarness } from '../test/conformance/sink-harness.ts'

const FOLDERS = new URL('../connectors/sinks/', import.meta.url)

interface HarnessModule {
  readonly harness: SinkHarness
  /** Other ways to speak to the product, by name. */
  readonly variants?: Readonly<Record<string, SinkHarness>>
}

export interface Measurable {
  readonly type: string
  /** Empty for the harness itself. */
  readonly variant: string
}

/** `types`: all where none is named. */
export async function measurables(types: readonly string[]): Promise<Measurable[]> {
  const found = readdirSync(FOLDERS).filter((type) => existsSync(addressOf(type)))
  const unknown = types.filter((type) => !found.includes(type))
  if (unknown.length > 0)
    throw new Error(`no such sink: ${unknown.join(', ')}; there are ${found.join(', ')}`)
  const all: Measurable[] = []
  for (const type of types.length === 0 ? found : types) {
    const { variants = {} } = await moduleOf(type)
    for (const variant of ['', ...Object.keys(variants)]) all.push({ type, variant })
  }
  return all
}

export async function harnessIn(type: string, variant: string): Promise<SinkHarness> {
  const { harness, variants = {} } = await moduleOf(type)
  const chosen = variant === '' ? harness : variants[variant]
  if (chosen === undefined) throw new Error(`the harness of ${type} has no variant ${variant}`)
  return chosen
}

function moduleOf(type: string): Promise<HarnessModule> {
  return import(addressOf(type).href)
}

function addressOf(type: string): URL {
  return new URL(`${type}/harness.ts`, FOLDERS)
}
