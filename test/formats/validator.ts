/** Checks formatted lines against the JSON schemas in `schemas/`, which are written by hand after the public ones. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** The faults of a line, one text each. */
type Validator = (line: string) => readonly string[]

/** `version`: schema parts marked `since` a later or `until` an earlier version are left out. */
export function validatorOf(name: string, version = ''): Validator {
  const text = readFileSync(new URL(`schemas/${name}.json`, import.meta.url), 'utf8')
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false })
  const check = ajv.compile(atVersion(JSON.parse(text), version) as object)
  return (line) => {
    if (check(JSON.parse(line))) return []
    return (check.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message, JSON.stringify(params)].join(' '),
    )
  }
}

function atVersion(node: unknown, version: string): unknown {
  if (Array.isArray(node)) return node.filter((it) => has(it, version)).map((it) => atVersion(it, version))
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(
    ([key, it]) => key !== 'since' && key !== 'until' && has(it, version),
  )
  return Object.fromEntries(kept.map(([key, it]) => [key, atVersion(it, version)]))
}

function has(node: unknown, version: string): boolean {
  const { since = version, until = version } = (node ?? {}) as { since?: unknown; until?: unknown }
  return String(since) <= version && version <= String(until)
}
