/** What `init` writes: a first configuration, and what to do with it next. Pure. */
import type { FirstOptions } from './first-sink.ts'

export interface Answers {
  readonly organization: string
  readonly sinks: readonly ChosenSink[]
}

export interface ChosenSink {
  readonly type: string
  readonly options: FirstOptions
  /** Options whose value a person gave. */
  readonly answered: readonly string[]
}

/** `option`: as `configOption` gives it, for the commands in its comments. */
export function firstConfig({ organization, sinks }: Answers, option: string): string {
  const quoted = (text: string) => JSON.stringify(text.replaceAll('$', () => '$$'))
  const sinkLines = sinks.flatMap(({ type, options }) => [
    `  ${type}:`,
    `    type: ${type}`,
    // Flow style, which is JSON: every text comes back as it is.
    ...Object.entries(options).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`),
  ])
  return [
    '# Every key with its default: config/default.yaml.',
    `# Check this file: npx auditferry validate${option}; online: npx auditferry check${option}.`,
    'sources:',
    '  main:',
    '    type: pulumi',
    `    organization: ${quoted(organization)}`,
    `    access_token: \${PULUMI_ACCESS_TOKEN}`,
    '    poll_every: 5m',
    '    start: 24h',
    'sinks:',
    ...sinkLines,
    'state:',
    '  type: embedded',
    '  path: ./data',
    '',
  ].join('\n')
}

export function nextSteps({ sinks }: Answers, file: string, option: string): string {
  const used = sinks.flatMap(({ options }) => [
    ...JSON.stringify(options)
      .matchAll(/(?<!\$)\$\{(\w+)\}/g)
      .map(([, name]) => name),
  ])
  const variables = new Set(['PULUMI_ACCESS_TOKEN', ...used])
  const examples = sinks.flatMap(examplesIn)
  return [
    `${file} is written. Next:`,
    ...[...variables].map((name) => `  export ${name}=…`),
    ...(examples.length > 0 ? [`  # write your own values for ${examples.join(', ')}`] : []),
    `  npx auditferry check${option}`,
    `  npx auditferry run${option}`,
    '',
  ].join('\n')
}

/** A path works as it is, and a variable is exported. */
function examplesIn({ type, options, answered }: ChosenSink): string[] {
  return Object.entries(options)
    .filter(
      ([name, value]) => name !== 'path' && !answered.includes(name) && !JSON.stringify(value).includes('${'),
    )
    .map(([name]) => `${type}.${name}`)
}

/** `-c FILE` for a shell, with the blank before it. */
export function configOption(file: string): string {
  return ` -c ${/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`}`
}
