/**
 * OTLP/JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): each line is a complete `LogsData` with one
 * record, which is what the collector's `file` exporter writes and its `otlpjsonfile` receiver reads ("OpenTelemetry
 * Protocol File Exporter"). A sink that speaks OTLP puts many records under one resource: {@link logRecord} is the bare
 * record, {@link logsData} what surrounds the records.
 */
import { z } from 'zod'
import { isUnixNano } from './event-time.ts'
import type { LineFormat } from './format.ts'
import { recordAttributes, stringAttribute } from './otel-attributes.ts'
import { catalogueEntry } from './schema-table.ts'
import { membersOfLine, plainOf, utf8MembersOf, type WrittenMembers } from './written-members.ts'

export const otelOptions = z.strictObject({
  event_name: z
    .enum(['single', 'per_event'])
    .default('single')
    .describe(
      '`single` names every event `pulumi.audit.event`; `per_event` names it after its id, such as `pulumi.audit.stack_created`.',
    ),
})

type OtelOptions = z.output<typeof otelOptions>

export function otel(options: OtelOptions): LineFormat {
  const write = (it: WrittenMembers) => logsData(plainOf(it.organization), [logRecord(it, options)])
  return {
    name: 'otel',
    contentType: 'application/json',
    extension: 'jsonl',
    lineEnd: '\n',
    encode: (event) => write(utf8MembersOf(event)),
    encodeLine(line) {
      const members = membersOfLine(line)
      return members && write(members)
    },
  }
}

/** `LogsData` (just as well an `ExportLogsServiceRequest`) with records of one organization. */
export function logsData(organization: string, records: readonly string[]): string {
  const resource = [
    stringAttribute('service.name', 'pulumi-cloud'),
    stringAttribute('pulumi.organization', organization),
  ]
  return (
    `{"resourceLogs":[{"resource":{"attributes":[${resource.join('').slice(1)}]},` +
    `"scopeLogs":[{"scope":{"name":"auditferry"},"logRecords":[${records.join(',')}]}]}]}`
  )
}

/** One `LogRecord` as JSON. 64-bit integers are strings, as the encoding requires. */
export function logRecord(it: WrittenMembers, options: OtelOptions): string {
  const { timestamp, observedAt, severity, description } = it
  return (
    `{${isUnixNano(timestamp) ? `"timeUnixNano":"${timestamp}000000000",` : ''}` +
    `"observedTimeUnixNano":"${observedAt}000000",` +
    `${SEVERITIES[severity] ?? ''}` +
    `${description === undefined ? '' : `"body":{"stringValue":${description}},`}` +
    `"attributes":[${recordAttributes(it)}],` +
    `"eventName":${JSON.stringify(eventName(plainOf(it.action), options))}}`
  )
}

/** From the logs data model: INFO, INFO2, WARN, WARN2. */
const SEVERITIES = [
  undefined,
  '"severityNumber":9,"severityText":"Informational",',
  '"severityNumber":10,"severityText":"Low",',
  '"severityNumber":13,"severityText":"Medium",',
  '"severityNumber":14,"severityText":"High",',
]

/** Names must be few and contain nothing dynamic: an id that the catalogue doesn't know gets no name of its own. */
function eventName(action: string, { event_name }: OtelOptions): string {
  const isOwn = event_name === 'per_event' && catalogueEntry(action)?.event === action
  return `pulumi.audit.${isOwn ? action.replaceAll('-', '_') : 'event'}`
}
