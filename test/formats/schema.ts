/** Validation of a line against a JSON schema of `schemas/`, written by hand from the public description of its format. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** Answers what is wrong with a line; nothing if it is valid. */
export function validatorOf(name: string): (line: string) => readonly string[] {
  const schema = JSON.parse(readFileSync(new URL(`schemas/${name}.json`, import.meta.url), 'utf8'))
  const validate = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false }).compile(schema)
  return (line) =>
    validate(JSON.parse(line))
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
