/**
 * A local MMDB file (https://maxmind.github.io/MaxMind-DB/) with facts about addresses: GeoLite2, GeoIP2, and others in
 * the same format. It is checked from time to time: a changed file takes effect without a restart, a damaged one
 * doesn't.
 */
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import { errorCode, messageOf } from '../errors.ts'
import type { Logger } from './logger.ts'
import { steadyClock } from './steady.ts'

/** What a file is used for: where an address is, or whose network it is in. */
export type MmdbKind = 'city' | 'asn'

export interface Mmdb {
  /** The record of an address; undefined if it is unknown or not an address. Throws when the file is damaged there. */
  find(address: string): object | undefined
}

export interface MmdbOptions {
  /** Milliseconds. */
  readonly now: () => number
  /** A changed file that can't be used: the old content stays. */
  readonly warn: Logger['warn']
}

/** How long a changed file may go unnoticed. */
export const LOOK_EVERY_MS = 30_000
/** How many answers are cached: an audit log shows few addresses, over and over. */
const KEPT_ANSWERS = 1_000

const SEPARATOR = Buffer.alloc(16)

const KINDS = {
  city: { pattern: /city|country|enterprise/i, word: 'a City or Country database', name: 'GeoLite2-City' },
  asn: { pattern: /asn|isp|enterprise/i, word: 'an ASN database', name: 'GeoLite2-ASN' },
} as const

/** Reads the file once. Throws an Error that says what is wrong with it and what to do. */
export function openMmdb(path: string, kind: MmdbKind, { now: clock, warn }: MmdbOptions): Mmdb {
  const now = steadyClock(clock)
  let seen = lookOf(path)
  let reader = readMmdb(path, kind)
  let answers = new Map<string, object | undefined>()
  let lookedAt = now()

  const lookAgain = () => {
    lookedAt = now()
    let look = 'missing'
    try {
      look = lookOf(path)
      if (look === seen) return
      reader = readMmdb(path, kind)
      answers = new Map()
    } catch (error) {
      if (look !== seen)
        warn('a changed file is not taken, the old content stays', { file: path, reason: messageOf(error) })
    }
    seen = look
  }

  const lookUp = (address: string) => {
    try {
      return mayHold(reader, address) ? reader.get(address) : undefined
    } catch (error) {
      const cure = `download ${KINDS[kind].name}.mmdb again`
      throw new Error(`${path} is damaged inside (${messageOf(error)}): ${cure}`)
    }
  }

  return {
    find(address) {
      if (now() - lookedAt >= LOOK_EVERY_MS) lookAgain()
      if (answers.has(address)) return answers.get(address)
      const found = lookUp(address)
      if (answers.size >= KEPT_ANSWERS) answers.clear()
      answers.set(address, found ?? undefined)
      return found ?? undefined
    },
  }
}

/** Why a file can't be used, and what to do; undefined if it can. */
export function whyNoMmdb(path: string, kind: MmdbKind): string | undefined {
  try {
    readMmdb(path, kind)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

interface MmdbReader {
  readonly metadata: {
    readonly databaseType: string
    readonly ipVersion: number
    /** Bytes. */
    readonly searchTreeSize: number
  }
  get(address: string): object | null
}

function readMmdb(path: string, kind: MmdbKind): MmdbReader {
  const { pattern, word, name } = KINDS[kind]
  const bytes = readOr(path, `put ${name}.mmdb there, or mend the path`)
  const reader = parseMmdb(bytes)
  if (reader === undefined) {
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
    throw new Error(
      isPacked
        ? `is packed (gzip): unpack it, and name ${name}.mmdb`
        : `is not a whole MMDB file: download ${name}.mmdb again`,
    )
  }
  const { databaseType } = reader.metadata
  if (!pattern.test(databaseType)) throw new Error(`holds ${databaseType}, but ${word} belongs here`)
  return reader
}

function readOr(path: string, cure: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Error(`cannot be read (${errorCode(error)}): ${cure}`)
  }
}

/** Undefined if these bytes are not a database. */
function parseMmdb(bytes: Buffer): MmdbReader | undefined {
  // Loaded when first needed: few configurations name such a file.
  const { Reader } = createRequire(import.meta.url)('mmdb-lib') as {
    Reader: new (bytes: Buffer) => MmdbReader
  }
  try {
    const reader = new Reader(bytes)
    if (!hasSeparator(bytes, reader.metadata.searchTreeSize)) return undefined
    // Walks the tree and reads a record, if there is one, which reveals a truncated file.
    for (const address of ['0.0.0.0', '255.255.255.255']) reader.get(address)
    return reader
  } catch {
    return undefined
  }
}

/**
 * Between tree and data lie 16 zero bytes. They are elsewhere if bytes are missing, or if two versions of a file are
 * mixed because it is being overwritten.
 */
function hasSeparator(bytes: Buffer, treeSize: number): boolean {
  return bytes.subarray(treeSize, treeSize + SEPARATOR.length).equals(SEPARATOR)
}

/** A tree of IPv4 alone would answer for the first bits of an IPv6 address. */
function mayHold({ metadata }: MmdbReader, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && version <= metadata.ipVersion
}

function lookOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path)
  return `${mtimeMs} ${size} ${ino}`
}
