/** Reads the configuration file carefully: whatever is found at its path gives a sentence, not a stack trace. */
import { closeSync, openSync, readSync } from 'node:fs'

/** The largest real ones are a few KiB. YAML itself takes seconds for some megabytes. */
const SIZE_LIMIT = 256 * 1024

/** The text of a UTF-8 file of bounded size; pipes and devices too. Throws an Error that says what to mend. */
export function readText(path: string): string {
  const bytes = readBounded(path)
  if (bytes.length > SIZE_LIMIT) throw new Error('is larger than 256 KiB, too large for a configuration')
  const text = decode(bytes)
  if (text === undefined || NOT_TEXT.test(text)) throw new Error('is not a text file in UTF-8')
  return text
}

/** NUL, and the noncharacters that `yaml.ts` uses for itself. */
const NOT_TEXT = /[\0\uFDD0-\uFDEF]/

function readBounded(path: string): Buffer {
  const buffer = Buffer.alloc(SIZE_LIMIT + 1)
  const file = openSync(path, 'r')
  try {
    let length = 0
    let read = -1
    while (read !== 0 && length < buffer.length) {
      read = readSync(file, buffer, length, buffer.length - length, null)
      length += read
    }
    return buffer.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
