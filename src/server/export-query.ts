/** The parameters of Pulumi Cloud's export API. Those that it does not know are ignored, as the original does. */
import type { EventQuery } from '../archive/archive.ts'
import { LATEST } from './parameters.ts'
import { RequestError } from './route.ts'

/** v1: `startTime` is the upper bound, and there is no lower one. v2: `startTime` is the lower bound, `endTime` the upper one. */
export type ExportVersion = 'v1' | 'v2'

/** Of both versions. */
export const EXPORT_PARAMETERS = [
  'startTime',
  'endTime',
  'continuationToken',
  'userFilter',
  'eventFilter',
  'format',
] as const

interface ExportSelection {
  readonly query: EventQuery
  readonly token: string | undefined
  readonly format: string | undefined
}

/**
 * The original does not say whether its bounds are inclusive: here the lower one is, the upper one is not ("before"),
 * so that ranges put together neither overlap nor leave anything out. Throws RequestError 400.
 */
export function selectionOf(parameters: URLSearchParams, version: ExportVersion): ExportSelection {
  const start = secondAt(parameters, 'startTime')
  const token = textAt(parameters, 'continuationToken')
  const login = textAt(parameters, 'userFilter')
  // v1 takes no eventFilter: https://github.com/pulumi/pulumi/issues/24664
  const action = version === 'v2' ? textAt(parameters, 'eventFilter') : undefined
  if (version === 'v1' && start === undefined && token === undefined) {
    throw new RequestError(400, 'either continuationToken or startTime is required')
  }
  const [from, to] = version === 'v1' ? [undefined, start] : [start, secondAt(parameters, 'endTime')]
  return {
    query: {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(login !== undefined && { login }),
      ...(action !== undefined && { action }),
    },
    token,
    format: textAt(parameters, 'format'),
  }
}

/** An empty value counts as absent. */
function textAt(parameters: URLSearchParams, name: (typeof EXPORT_PARAMETERS)[number]): string | undefined {
  const text = parameters.get(name) ?? ''
  if (text.includes('\0')) throw new RequestError(400, `invalid query params: ${name} holds a NUL`)
  return text === '' ? undefined : text
}

/** int64; no event lies outside the years with four digits. */
function secondAt(parameters: URLSearchParams, name: (typeof EXPORT_PARAMETERS)[number]): number | undefined {
  const text = textAt(parameters, name)
  if (text === undefined) return undefined
  if (!/^-?\d{1,19}$/.test(text)) throw new RequestError(400, `invalid query params: ${name} is Unix seconds`)
  return Math.min(Math.max(Number(text), 0), LATEST + 1)
}
