/**
 * Columns of each class that the format `ocsf` makes of events in version 1.3.0: one fixed schema per class, so that
 * all objects and partitions are alike, whichever members their events happen to have.
 */

import type { Columns } from '../../../src/lib/shred.ts'

const NAMED: Columns = { name: 'text' }
const ORG: Columns = { org: NAMED }
const USER: Columns = {
  ...{ name: 'text', full_name: 'text', email_addr: 'text', type_id: 'int', type: 'text' },
  ...ORG,
}

/** What the format writes for every class. OCSF's `timestamp_t` is a long, in milliseconds. */
const BASE: Columns = {
  ...{ category_uid: 'int', category_name: 'text', class_uid: 'int', class_name: 'text' },
  ...{ activity_id: 'int', activity_name: 'text', type_uid: 'long', type_name: 'text' },
  ...{ time: 'long', timezone_offset: 'int', severity_id: 'int', severity: 'text' },
  ...{ status_id: 'int', status: 'text', message: 'text', status_detail: 'text' },
  metadata: {
    ...{
      version: 'text',
      product: { vendor_name: 'text', name: 'text', feature: NAMED },
      profiles: ['text'],
    },
    ...{
      uid: 'text',
      event_code: 'text',
      original_time: 'text',
      logged_time: 'long',
      processed_time: 'long',
    },
    ...{ log_name: 'text', log_provider: 'text', tenant_uid: 'text' },
  },
  observables: [{ name: 'text', type_id: 'int', value: 'text' }],
  ...{ unmapped: 'text', raw_data: 'text' },
}

const ACTED: Columns = {
  actor: { user: USER, session: { credential_uid: 'text' }, app_name: 'text', app_uid: 'text' },
  src_endpoint: {
    ...{ ip: 'text', name: 'text', location: { country: 'text', region: 'text', city: 'text' } },
  },
}

const SERVER: Columns = { dst_endpoint: { svc_name: 'text' } }

export interface LakeClass {
  /** As in the option `custom_sources`. */
  readonly name: string
  readonly columns: Columns
}

/** Keyed by class_uid. */
export const CLASSES: Readonly<Record<number, LakeClass>> = {
  0: { name: 'base_event', columns: BASE },
  3001: { name: 'account_change', columns: { ...BASE, ...ACTED, user: USER } },
  3002: { name: 'authentication', columns: { ...BASE, ...ACTED, ...SERVER, user: USER, service: NAMED } },
  3004: {
    name: 'entity_management',
    columns: {
      ...BASE,
      ...ACTED,
      entity: { name: 'text', type_id: 'int', type: 'text', policy: NAMED, ...ORG },
    },
  },
  3005: { name: 'user_access', columns: { ...BASE, ...ACTED, user: NAMED, privileges: ['text'] } },
  3006: {
    name: 'group_management',
    columns: { ...BASE, ...ACTED, group: { name: 'text', type: 'text' }, user: NAMED },
  },
  6003: {
    name: 'api_activity',
    columns: {
      ...{ ...BASE, ...ACTED, ...SERVER },
      api: { operation: 'text', service: NAMED, group: NAMED },
      resources: [{ name: 'text', type: 'text', uid: 'text', namespace: 'text', data: 'text' }],
    },
  },
}
