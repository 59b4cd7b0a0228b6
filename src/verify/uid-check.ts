/** Checks the uids of a file's events: whether each event has one, and whether it follows from the event's fields. */
import type { AuditEvent } from '../event.ts'
import type { Fault } from './finding.ts'
import { followsFromFields } from './recompute.ts'

type Identities = Parameters<typeof followsFromFields>[1]
type LineFault = Fault & { readonly line: number }

export function createUidCheck(path: string, redacted: boolean) {
  let hasSome = false
  let bare: LineFault | undefined
  let change: LineFault | undefined

  return {
    /** `given` is what is in the uid's place, undefined if there is nothing. Answers the uid, or ''. */
    take(line: number, given: unknown, identities: () => Identities): AuditEvent['uid'] {
      hasSome ||= given !== undefined
      if (typeof given !== 'string' || !/^[0-9a-f]{64}$/.test(given)) {
        const message = 'it has no uid, as the events of this format have: it was changed or added'
        bare ??= { kind: 'changed', file: path, line, message }
        return ''
      }
      if (!redacted && change === undefined && !followsFromFields(given, identities())) {
        const message =
          'the uid does not follow from the fields: the event was changed, or redacted before it was delivered (then add --redacted)'
        change = { kind: 'changed', file: path, line, uid: given, message }
      }
      return given
    },
    /** Whether every line so far had a uid. */
    hasAll: () => bare === undefined,
    change: () => change,
    fault(): Fault | undefined {
      const lost = hasSome ? bare : undefined
      return lost !== undefined && lost.line < (change?.line ?? Infinity) ? lost : change
    },
  }
}
