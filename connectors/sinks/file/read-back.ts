/** What lies in the file and in those that were rotated away. */
import type { SinkContext } from '../../../src/connector.ts'
import type { Stored } from '../../../src/formats/read-back.ts'
import { rotatedLines } from '../../../src/lib/rotated-files.ts'
import type { Config } from './config.ts'
import { groupByStem } from './rotation.ts'

export function readFiles(
  { path, rotate }: Config,
  { format }: SinkContext,
  signal: AbortSignal,
): AsyncGenerator<Stored> {
  const own = (all: readonly string[]) => groupByStem(all, path).map(({ names }) => names)
  return rotatedLines({ path, format, isRotated: rotate !== undefined, own }, signal)
}
