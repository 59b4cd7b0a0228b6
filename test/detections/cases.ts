/** The cases.yaml of a detection: events on which it must fire, and events on which it must not. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { RecordFields } from '../../src/connector.ts'
import { native } from '../../src/formats/native.ts'
import { eventOf } from '../formats/sample-events.ts'
import { refuseOthers, type Tree, treeOf } from './tree.ts'

interface Case {
  readonly name: string
  /** Lines in native format, as a sink gets them. */
  readonly lines: readonly string[]
}

interface Cases {
  readonly match: readonly Case[]
  readonly ignore: readonly Case[]
}

const START = 1_795_384_800

export function readCases(path: string): Cases {
  const tree = treeOf(parse(readFileSync(path, 'utf8')), path)
  refuseOthers(tree, ['match', 'ignore'], path)
  return { match: casesOf(tree.match, path), ignore: casesOf(tree.ignore, path) }
}

export function jsonOf(line: string): Tree {
  return JSON.parse(line)
}

function casesOf(value: unknown, path: string): Case[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new Error(`${path} needs cases both to match and to ignore`)
  return value.map((it) => {
    const { name, events, ...more } = treeOf(it, 'case')
    if (typeof name !== 'string' || !Array.isArray(events))
      throw new Error(`${path}: a case has name and events`)
    refuseOthers(more, [], `${path}: ${name}`)
    return { name, lines: events.flatMap((event) => linesOf(treeOf(event, 'event'), `${path}: ${name}`)) }
  })
}

const TEXTS = [
  'event',
  'description',
  'login',
  'name',
  'sourceIp',
  'tokenId',
  'tokenName',
  'actorName',
  'actorUrn',
]
const FLAGS = ['orgAdmin', 'stackAdmin', 'authFailure']

/**
 * `after`: seconds from the start of the case; `times` and `every`: repeated that often, at intervals of that many
 * seconds.
 */
function linesOf(it: Tree, where: string): string[] {
  const { after = 0, times = 1, every = 1, ...fields } = it
  refuseOthers(fields, [...TEXTS, ...FLAGS], where)
  return Array.from({ length: Number(times) }, (_, at) => {
    const timestamp = START + Number(after) + at * Number(every)
    return native.encode(eventOf({ ...(fields as Partial<RecordFields>), timestamp }))
  })
}
