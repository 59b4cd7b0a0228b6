/** Delivered output on a disk, and ways to tamper with it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Report } from '../../src/verify/finding.ts'
import { openFolder } from '../../src/verify/folder.ts'
import { type VerifyRules, verify } from '../../src/verify/verify.ts'

const RULES: VerifyRules = { publicKey: undefined, anchor: undefined, redacted: false }

export async function verifyPath(path: string, rules: Partial<VerifyRules> = {}): Promise<Report> {
  return verify(await openFolder(path), { ...RULES, ...rules })
}

export async function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'auditferry-verify-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

export async function writeAll(folder: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

export type Tampering = 'remove' | 'alter' | 'add' | 'swap'

export interface Tampered {
  readonly lines: string[]
  readonly kind: 'missing' | 'changed' | 'added' | 'reordered'
  /** The uid of the event that must be named; if one is missing, its uid. */
  readonly uid: string
  readonly line: number
}

/** Lines are native events. `at` is the line, from 0, that is changed; a swap needs a line after it. */
export function tamper(lines: readonly string[], how: Tampering, at: number): Tampered {
  const line = lines[at] ?? ''
  const named = { uid: uidOf(line), line: at + 1 }
  const next = lines[at + 1]
  switch (how) {
    case 'remove':
      return { ...named, kind: 'missing', lines: lines.toSpliced(at, 1) }
    case 'alter':
      return {
        ...named,
        kind: 'changed',
        lines: lines.with(at, line.replace('"sourceIp":"198', '"sourceIp":"199')),
      }
    case 'add': {
      const uid = 'ab'.repeat(32)
      const added = line.replace(named.uid, uid)
      return { uid, line: at + 1, kind: 'added', lines: lines.toSpliced(at, 0, added) }
    }
    case 'swap':
      if (next === undefined) throw new RangeError('nothing to swap with')
      return { uid: uidOf(next), line: at + 1, kind: 'reordered', lines: lines.toSpliced(at, 2, next, line) }
  }
}

export function uidOf(line: string): string {
  return (JSON.parse(line) as { uid: string }).uid
}
