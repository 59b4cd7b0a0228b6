import type { LogConfig } from '../config.ts'
import { logOptions } from '../schema.ts'
import { readSection, type SectionContext } from '../section.ts'
import type { MapTree } from '../tree.ts'
import { warnUnverified } from './connection.ts'

/** `log`; undefined after errors were reported. */
export function resolveLog(section: MapTree, context: SectionContext): LogConfig | undefined {
  const log = readSection(logOptions, section, ['log'], context)
  if (log === undefined) return undefined
  const { endpoint, token, tls } = log.splunk
  warnUnverified(tls, ['log', 'splunk'], context)
  const splunk = endpoint !== undefined &&
    token !== undefined && {
      endpoint,
      token,
      ...(tls.ca_file !== undefined && { caFile: tls.ca_file }),
      insecureSkipVerify: tls.insecure_skip_verify,
    }
  return { level: log.level, format: log.format, ...(splunk && { splunk }) }
}
