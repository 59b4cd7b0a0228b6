/** Whether an event that auditferry wrote still has the uid that its fields give. */
import type { AuditEvent } from '../event.ts'
import { followsFromFields, identitiesOfEvent } from '../verify/recompute.ts'

export const FOREIGN_UID =
  'its uid does not follow from its fields: the line was changed, or redacted before it was written (then import it with --redacted, over the API with redacted=true)'

export function hasOwnUid(event: AuditEvent): boolean {
  return followsFromFields(event.uid, identitiesOfEvent(event))
}
