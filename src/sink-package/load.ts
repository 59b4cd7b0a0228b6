/**
 * `type: npm:NAME`: a sink from a package. It exports `definition`: a sink's definition as of `src/connector.ts`, or a
 * function that makes one of the kit. What it says and does is checked as nobody here has read it.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { z } from 'zod'
import type { SinkDefinition } from '../connector.ts'
import { errorCode, messageOf, UsageError } from '../errors.ts'
import { FORMAT_NAMES } from '../formats/formats.ts'
import { unbroken } from '../lib/printable.ts'
import { createChecked } from './checked.ts'
import { sinkKit } from './kit.ts'
import { receiveStray, strayText } from './stray-errors.ts'

export const PACKAGE_TYPE = /^npm:(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

/** Thrown when what a package declares, given its options, breaks the contract. */
export class PackageFault extends UsageError {}

/**
 * Looked for beside the configuration in `folder`, then beside auditferry. Answers what is wrong and how to mend it
 * where there is no such sink.
 */
export function loadSinkPackage(type: string, folder: string): SinkDefinition | string {
  if (!PACKAGE_TYPE.test(type)) return `expected npm: and the name of a package, such as npm:my-sink`
  const name = type.slice('npm:'.length)
  try {
    const places = [join(folder, 'auditferry.yaml'), import.meta.filename]
    const module = receiveStray(name, endBy(name), () => requireFrom(places, name))
    if (module === undefined) return `the package ${name} is not installed: npm install ${name} in ${folder}`
    const { definition } = module as { definition?: unknown }
    const made: unknown = typeof definition === 'function' ? definition(sinkKit) : definition
    const fault = faultOf(made)
    if (fault !== undefined) return `the package ${name} is no sink: ${fault}`
    const found = made as SinkDefinition
    return {
      ...found,
      type,
      limits: (config) => said(name, 'limits', limits, () => found.limits(config)),
      refuse: (config, format) => said(name, 'refuse', refusal, () => found.refuse?.(config, format)),
      needsAlone: (config) => said(name, 'needsAlone', need, () => found.needsAlone?.(config)),
      create: (config, context) => createChecked(found, name, config, context),
    }
  } catch (error) {
    // What Node adds is a list of files.
    const [first] = messageOf(error).split('\n')
    const message = errorCode(error) === 'ERR_REQUIRE_ASYNC_MODULE' ? AWAITS : first
    return `the package ${name} can't be loaded: ${message}`
  }
}

/** Where what is loaded is broken, no sink is there that could be tried again. */
function endBy(name: string) {
  return (error: unknown) => {
    process.stderr.write(`auditferry: ${unbroken(strayText(name, error))}\n`)
    process.exit(1)
  }
}

/** Its `import` is seen by nobody who loads a package from another folder than their own. */
const NO_DEFAULT = 'the `exports` of its package.json name no file under `default`: add one beside `import`'

/** Perhaps it was not built before it was published. */
const NO_MAIN = 'its package.json names no file that is there: check `exports` or `main`'

/** Nor is an `await` outside of functions seen by one who must not wait. */
const AWAITS = 'it, or a package that it imports, has an `await` outside of functions: move it into `write`'

function requireFrom(places: readonly string[], name: string): unknown {
  for (const place of places) {
    const load = createRequire(place)
    let file: string
    try {
      file = load.resolve(name)
    } catch (error) {
      // What is there and can't be used is no reason to install it once more.
      if (!messageOf(error).startsWith(`Cannot find module '${name}'`))
        throw errorCode(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? new Error(NO_DEFAULT) : error
      if (load.resolve.paths(name)?.some((folder) => existsSync(join(folder, name)))) throw new Error(NO_MAIN)
      continue
    }
    return load(file)
  }
  return undefined
}

const text = z.string().min(1)
const call = z.custom<(...args: never[]) => unknown>((it) => typeof it === 'function', 'expected a function')
const shape = z.object({
  title: text,
  summary: text,
  // Neither zod 3 nor zod/mini has it, and what an option means is kept there: src/lib/options.ts.
  config: z.custom(
    (it) => typeof (it as { meta?: unknown })?.meta === 'function',
    'expected a schema of zod 4, best of the `z` of the kit',
  ),
  formats: z.array(z.enum(FORMAT_NAMES as [string, ...string[]])).min(1),
  limits: call,
  create: call,
  refuse: call.optional(),
  needsAlone: call.optional(),
})

function faultOf(definition: unknown): string | undefined {
  if (definition === undefined) return 'it exports no `definition`'
  if (definition instanceof Promise) {
    // Nobody waits for it: what it throws would end the process.
    definition.catch(() => undefined)
    return 'its `definition` may not be async'
  }
  const problems = shape.safeParse(definition).error?.issues ?? []
  const [first] = problems.map(({ path, message }) => [`\`${['definition', ...path].join('.')}\``, message])
  return first?.join(': ')
}

const count = z.int().min(1)
const limits = z.object({
  defaults: z.object({
    maxEvents: count,
    maxBytes: count,
    maxAgeMs: z.number().min(0),
    inFlight: count,
    timeoutMs: z.number().min(1),
  }),
  maxEvents: count.optional(),
  maxBytes: count.optional(),
})

const refusal = z.object({ option: text, message: text }).optional()
const need = z.object({ option: text, value: z.string() }).optional()

/** What one of its functions answers. Throws PackageFault. */
function said<T>(name: string, what: string, shape: z.ZodType, ask: () => T): T {
  try {
    const answer = ask()
    const [issue] = shape.safeParse(answer).error?.issues ?? []
    if (issue === undefined) return answer
    throw new Error(`\`${[what, ...issue.path].join('.')}\`: ${issue.message}`)
  } catch (error) {
    throw new PackageFault(`the package ${name} is no sink: ${messageOf(error)}`)
  }
}
