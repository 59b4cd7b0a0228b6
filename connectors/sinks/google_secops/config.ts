import { z } from 'zod'
import { googleCredentialOptions } from '../../../src/lib/google/token.ts'
import { httpUrl } from '../../../src/lib/options.ts'

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const config = z
  .strictObject({
    customer_id: z
      .string()
      .regex(GUID, 'expected a UUID in lower case')
      .describe('Customer id of the instance, a UUID: SIEM Settings, Profile. It is the instance id, too.'),
    project: z
      .string({ error: 'expected the id of a project' })
      .regex(/^[a-z0-9.:-]{1,80}$/, 'expected the id or the number of a project, such as acme-secops')
      .optional()
      .describe('Google Cloud project that the instance is bound to; every `api` but `legacy` needs it.'),
    region: z
      .string()
      .regex(/^[a-z]+(-[a-z]+\d+)?$/, 'expected a region, such as us, eu or europe-west3')
      .default('us')
      .describe('Region of the instance: `us`, `eu`, or one such as europe-west3.'),
    api: z
      .enum(['v1alpha', 'v1beta', 'v1', 'legacy'])
      .default('v1alpha')
      .describe(
        'Version of the Chronicle API; `legacy` is the Ingestion API v2, for instances without a project.',
      ),
    log_type: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'expected a log type, such as PULUMI_AUDIT_CUSTOM')
      .optional()
      .describe('Log type of raw logs, which chooses their parser. Every `format` but `udm` needs it.'),
    forwarder: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'expected the id of a forwarder alone')
      .optional()
      .describe('Id of the forwarder that raw logs are booked on.'),
    endpoint: httpUrl()
      .optional()
      .describe('Address of the API, if not that of the region: a proxy, or a `.rep.googleapis.com` host.'),
    compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
    ...googleCredentialOptions,
  })
  .refine(({ api, project }) => api === 'legacy' || project !== undefined, {
    path: ['project'],
    message: 'is required by the Chronicle API: the project that the instance is bound to',
  })
  .refine((it) => it.forwarder === undefined || (it.api !== 'legacy' && it.log_type !== undefined), {
    path: ['forwarder'],
    message: 'is for raw logs of the Chronicle API alone: set `log_type`, or leave it out',
  })

export type Config = z.output<typeof config>

/** Where requests go, and the scope that their token needs. */
interface Place {
  readonly scope: string
  /** Takes events, by `POST`. */
  readonly intake: string
  /** Tells whether the instance and the log type exist, by `GET`. */
  readonly check: string
  /** Full name of the forwarder. */
  readonly forwarder?: string
}

/**
 * https://cloud.google.com/chronicle/docs/reference/rest and, for the Ingestion API,
 * https://cloud.google.com/chronicle/docs/reference/ingestion-api
 */
export function placeOf({ api, customer_id, project, region, log_type, forwarder, endpoint }: Config): Place {
  if (api === 'legacy') {
    const prefix = region === 'us' ? '' : `${region === 'eu' ? 'europe' : region}-`
    const host = withoutSlash(endpoint ?? `https://${prefix}malachiteingestion-pa.googleapis.com`)
    const kind = log_type === undefined ? 'udmevents' : 'unstructuredlogentries'
    const scope = 'https://www.googleapis.com/auth/malachite-ingestion'
    return { scope, intake: `${host}/v2/${kind}:batchCreate`, check: `${host}/v2/logtypes` }
  }
  const host = withoutSlash(endpoint ?? `https://${region}-chronicle.googleapis.com`)
  const instance = `projects/${project}/locations/${region}/instances/${customer_id}`
  const parent = `${host}/${api}/${instance}`
  return {
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    ...(log_type === undefined
      ? { intake: `${parent}/events:import`, check: `${parent}/logTypes?pageSize=1` }
      : { intake: `${parent}/logTypes/${log_type}/logs:import`, check: `${parent}/logTypes/${log_type}` }),
    ...(forwarder !== undefined && { forwarder: `${instance}/forwarders/${forwarder}` }),
  }
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}
