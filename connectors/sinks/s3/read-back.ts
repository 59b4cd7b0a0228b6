/** Which keys hold the hours of a range. */
import type { ReadBackRange } from '../../../src/connector.ts'
import type { Stretch } from '../../../src/integrity/read-objects.ts'
import { hourFolder, keyPrefix, partitionPrefix } from '../../../src/lib/sinks/hour-objects.ts'
import type { Config } from './config.ts'

/** Keys of one layout sort by time. */
export function keysOf(config: Config, { from, to, organization }: ReadBackRange): Stretch {
  const prefix = keyPrefix(config.prefix) + partitionPrefix(organization, config.layout)
  const [first, last] = [hourFolder(from, config.layout), hourFolder(to - 1, config.layout)]
  return { prefix, first: prefix + first, last: prefix + last, from, to }
}
