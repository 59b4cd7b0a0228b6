/** One map of the configuration against its schema: every finding reported at its place. */
import type { z } from 'zod'
import { memberAt } from '../lib/members.ts'
import { findingsOf, wordIssue } from '../lib/zod-issues.ts'
import { type PrepareContext, prepare } from './prepare.ts'
import { childOf, descriptionOf, fieldsOf, isLiteral, type Schema } from './shape.ts'
import { isBroken, isNull, keyOffsetOf, type MapTree, nodeAt, offsetOf, type Path } from './tree.ts'

export interface SectionContext extends PrepareContext {
  readonly root: MapTree
}

type Reporting = Pick<SectionContext, 'problems' | 'root'>

/** An error at the value of `path`, or where it should stand. */
export function errorAt({ problems, root }: Reporting, path: Path, message: string): void {
  problems.error(offsetOf(root, path), path, message)
}

export function warnAt({ problems, root }: Reporting, path: Path, message: string): void {
  problems.warn(offsetOf(root, path), path, message)
}

/**
 * The parsed options, or undefined after errors were reported. `section` stands at `path`; `otherKeys` are keys
 * that belong there too but to another schema: they are only suggested.
 */
export function readSection<T>(
  schema: z.ZodType<T>,
  section: MapTree,
  path: Path,
  context: SectionContext,
  otherKeys: readonly string[] = [],
): T | undefined {
  const { problems, root } = context
  const before = problems.count
  const input = prepare(section, schema, path, context)
  // Each schema is used once: to compile it first takes longer.
  const result = schema.safeParse(input, { error: wordIssue, jitless: true })
  const findings = findingsOf(
    result.error?.issues ?? [],
    (at) => memberAt(input, at),
    (at) => [...Object.keys(fieldsOf(schemaAt(schema, at) ?? schema)), ...(at.length === 0 ? otherKeys : [])],
  )
  for (const finding of findings) {
    const full = [...path, ...finding.path]
    const node = nodeAt(root, full)
    if (isBroken(node) && !finding.pointsAtKey) continue
    const at = finding.pointsAtKey ? keyOffsetOf(root, full) : offsetOf(root, full)
    const missing = finding.path.length > 0 && (node === undefined || isNull(node))
    const message = missing ? requirement(finding.message, schemaAt(schema, finding.path)) : finding.message
    problems.error(at, full, message, finding.suggestion)
  }
  return result.success && problems.count === before ? result.data : undefined
}

/**
 * A message of its own ("needs secret_access_key too") says more than that something is missing. What a literal is
 * described as is only one of several alternatives; the message names them all.
 */
function requirement(message: string, schema: Schema | undefined): string {
  if (!message.startsWith('expected ') && message !== 'is empty') return message
  const description = isLiteral(schema) ? message.replace(/^expected /, '') : descriptionOf(schema)
  return description === '' ? 'is required' : `is required: ${description}`
}

function schemaAt(schema: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>(childOf, schema)
}
