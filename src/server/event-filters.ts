/** The filters of every list of events. */
import { z } from 'zod'
import type { Archive, EventQuery } from '../archive/archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import type { Operation } from '../event.ts'
import { archiveOf } from './archive-of.ts'
import { LATEST, name, second, whole } from './parameters.ts'
import { RequestError } from './route.ts'

const OPERATIONS = {
  create: 0,
  read: 0,
  update: 0,
  delete: 0,
  add: 0,
  remove: 0,
  grant: 0,
  enable: 0,
  disable: 0,
  login: 0,
  denied: 0,
  other: 0,
} satisfies Record<Operation, 0>

/** Parameters that each list takes in addition to its own. */
export const FILTERS = {
  archive: name().exactOptional(),
  organization: name().exactOptional(),
  source: name().exactOptional(),
  from: second().exactOptional(),
  to: second().exactOptional(),
  login: name().exactOptional(),
  action: name().exactOptional(),
  category: name().exactOptional(),
  operation: z.enum(Object.keys(OPERATIONS) as Operation[]).exactOptional(),
  outcome: z.enum(['success', 'failure', 'unknown']).exactOptional(),
  severity: whole(1, 4).exactOptional(),
  project: name().exactOptional(),
  stack: name().exactOptional(),
  address: name().exactOptional(),
  text: name().exactOptional(),
}

type Filters = z.output<z.ZodObject<typeof FILTERS>>

/** Throws RequestError: 400 for an empty range, 404 for an archive that does not exist. */
export function asked(
  engine: Pick<EngineApi, 'archives'>,
  { archive, ...query }: Filters,
): { readonly archive: Archive; readonly query: EventQuery } {
  const { from = 0, to = LATEST + 1 } = query
  if (from >= to) throw new RequestError(400, 'from must lie before to')
  return { archive: archiveOf(engine, archive), query }
}
