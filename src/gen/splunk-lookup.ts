/** Lookup of the Splunk add-on: which data model and verb each event id is. */
import { catalogueEntry, schemaTable } from '../formats/schema-table.ts'

export function splunkLookup(): string {
  const rows = schemaTable.map(({ event, cim }) => {
    const [model = '', action = ''] = cim.split(' ')
    // Nobody knows what a refused request would have done; it never got beyond asking.
    const verb = action === 'denied' ? 'read' : action
    return `${event},${verb},${MODELS[model]},${catalogueEntry(event)?.object}\n`
  })
  return `event_id,action,cim_model,object_category\n${rows.join('')}`
}

const MODELS: Readonly<Record<string, string>> = {
  Chg: 'change',
  Acct: 'account_management',
  Auth: 'authentication',
  Data: 'data_access',
}
