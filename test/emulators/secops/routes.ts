/** The methods of both APIs by their paths, with the permission that each requires. */
import type { IntakeRequest } from '../intake/intake.ts'

export const SCOPES = {
  chronicle: 'https://www.googleapis.com/auth/cloud-platform',
  ingestion: 'https://www.googleapis.com/auth/malachite-ingestion',
}

interface Route {
  readonly api: keyof typeof SCOPES
  readonly kind: 'udm' | 'raw' | 'logType' | 'logTypes'
  readonly right: string
  readonly logType?: string
}

/** `instance` is the full name that the Chronicle API's methods are below. */
export function routeOf({ method, path }: IntakeRequest, instance: string): Route | undefined {
  const [, , name, rest] =
    /^\/(v1alpha|v1beta|v1)\/(projects\/[^/]+\/locations\/[^/]+\/instances\/[^/]+)\/(.+)$/.exec(path) ?? []
  if (rest !== undefined) return name === instance ? chronicle(`${method} ${rest}`) : undefined
  return INGESTION[`${method} ${path}`]
}

function chronicle(what: string): Route | undefined {
  const api = 'chronicle'
  if (what === 'POST events:import') return { api, kind: 'udm', right: 'chronicle.events.import' }
  if (what === 'GET logTypes') return { api, kind: 'logTypes', right: 'chronicle.logTypes.list' }
  const [, method, logType, rest] = /^(\w+) logTypes\/(\w+)(.*)$/.exec(what) ?? []
  if (logType === undefined) return undefined
  if (method === 'GET' && rest === '') {
    return { api, kind: 'logType', right: 'chronicle.logTypes.get', logType }
  }
  return method === 'POST' && rest === '/logs:import'
    ? { api, kind: 'raw', right: 'chronicle.logs.import', logType }
    : undefined
}

const ingestion = { api: 'ingestion', right: 'malachite' } as const

const INGESTION: Readonly<Record<string, Route>> = {
  'POST /v2/udmevents:batchCreate': { ...ingestion, kind: 'udm' },
  'POST /v2/unstructuredlogentries:batchCreate': { ...ingestion, kind: 'raw' },
  'GET /v2/logtypes': { ...ingestion, kind: 'logTypes' },
}
