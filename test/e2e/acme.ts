/** The usual setup: an emulated organisation with recent events, and a configuration that reads it. */
import {
  type PulumiEmulator,
  type PulumiEmulatorOptions,
  startPulumiEmulator,
} from '../emulators/pulumi/emulator.ts'
import type { NewEvent } from '../emulators/pulumi/event.ts'
import type { Site } from './site.ts'

/** Listens until the site closes. */
export async function startAcme(
  site: Pick<Site, 'keep'>,
  options: PulumiEmulatorOptions = {},
): Promise<PulumiEmulator> {
  return site.keep(await startPulumiEmulator(options))
}

/** One a second up to a minute ago, oldest first, distinguished by their descriptions: `event 1`, `event 2` … */
export function recentEvents(count: number, from = 1): NewEvent[] {
  const newest = Math.floor(Date.now() / 1000) - 60
  return Array.from({ length: count }, (_, at) => ({
    timestamp: newest - count + at,
    description: `event ${from + at}`,
  }))
}

export function descriptionsOf(count: number, from = 1): string[] {
  return recentEvents(count, from).map(({ description = '' }) => description)
}

/** Options of the source, and further sections; the file sink `local` writes `out.ndjson`. */
export function configurationOf(
  acme: Pick<PulumiEmulator, 'url' | 'token' | 'organization'>,
  more: { source?: object; sinks?: object; [section: string]: object | string | undefined } = {},
): object {
  const { source, sinks, ...sections } = more
  return {
    sources: {
      acme: {
        type: 'pulumi',
        organization: acme.organization,
        access_token: acme.token,
        api_url: acme.url,
        poll_every: '1s',
        start: '1h',
        requests_per_minute: 6000,
        ...source,
      },
    },
    sinks: sinks ?? { local: FILE_SINK },
    state: { type: 'embedded', path: './data' },
    server: { listen: '127.0.0.1:0' },
    ...sections,
  }
}

export const FILE_SINK = { type: 'file', path: './out.ndjson' }
