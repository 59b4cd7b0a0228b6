/** Lookup of the Splunk add-on: the data model and the verb of each event id. */
import { catalogueEntry, schemaTable } from '../formats/schema-table.ts'

export function splunkLookup(): string {
  const rows = schemaTable.map(({ event, cim }) => {
    const [model = '', action = ''] = cim.split(' ')
    // What a refused request would have done is unknown; it never got beyond asking.
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
