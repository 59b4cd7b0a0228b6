/** `auditferry verify`: whether delivered files or objects are still what was delivered. */
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { openSinks } from '../engine/open-sinks.ts'
import { describeFileError, messageOf, OperationError, UsageError } from '../errors.ts'
import { readPublicKey } from '../integrity/manifest.ts'
import { counted } from '../lib/counted.ts'
import { unbroken } from '../lib/printable.ts'
import { enabledSink } from '../replay/takers.ts'
import { type Report, renderFault } from '../verify/finding.ts'
import { openFolder, type Place } from '../verify/folder.ts'
import { openS3 } from '../verify/s3-place.ts'
import { holdsManifest, type VerifyRules, verify } from '../verify/verify.ts'
import { repeatable } from './flags.ts'
import { readConfig } from './read-config.ts'
import { print, printJson, processSeams, type Seams } from './seams.ts'

interface Options {
  readonly sink?: readonly string[]
  readonly config?: string
  readonly publicKey?: string
  readonly manifest?: string
  readonly endpoint?: string
  readonly region?: string
  readonly redacted?: true
  readonly json?: true
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('verify')
    .description('check delivered files and objects for missing, changed, added or reordered events')
    .argument('[path...]', 'a folder, a file (.ndjson, .csv, also .gz and .zst), or s3://bucket/prefix')
    .option('--sink <id>', 'the archive of this sink, in a file or in PostgreSQL; repeatable', repeatable)
    .option('-c, --config <file>', 'configuration file, for --sink')
    .option('--public-key <file>', 'Ed25519 key in PEM: every manifest must be signed with its private key')
    .option('--manifest <file>', 'a manifest that was kept elsewhere: it must be among those found')
    .option('--redacted', 'do not compute uids again: events were redacted before they were delivered')
    .option('--region <name>', 's3: region of the bucket (default: the usual AWS chain)')
    .option('--endpoint <url>', 's3: address of a compatible store')
    .option('--json', 'print one JSON document')
    .action((paths: string[], _options, command: Command) => run(paths, command.optsWithGlobals(), seams))
}

async function run(paths: readonly string[], options: Options, seams: Seams): Promise<void> {
  const rules = {
    publicKey: options.publicKey === undefined ? undefined : readKey(options.publicKey),
    anchor:
      options.manifest === undefined
        ? undefined
        : { name: options.manifest, bytes: bytesOf('--manifest', options.manifest) },
    redacted: options.redacted === true,
  }
  const reports = await verifyPaths(paths, rules, options)
  reports.push(...(await archivesOf(options, seams)))
  if (reports.length === 0) throw new UsageError('say what to verify: a path, or --sink ID for an archive')
  if (rules.publicKey !== undefined && paths.length === 0)
    throw new UsageError('--public-key: an archive has no manifests; name the path of some')
  const report = sum(reports)
  if (report.files + report.manifests === 0 && report.ok) {
    const endings = 'files that end in .ndjson, .csv, .cef or .leef, also .gz and .zst, and archives in .db'
    const what = `${paths.join(', ')}: there are no events here (${endings})`
    throw new UsageError([what, ...report.notes].join('; '))
  }
  if (options.json) printJson(seams, report)
  else print(seams, render(report))
  process.exitCode = report.ok ? 0 : 1
}

async function verifyPaths(
  paths: readonly string[],
  rules: VerifyRules,
  options: Options,
): Promise<Report[]> {
  const places: Place[] = []
  try {
    for (const path of paths) places.push(await open(path, options))
    const missing = await absent(rules.anchor, places)
    const reports: Report[] = []
    for (const place of places) {
      const report = inPlace(place, await reading(place, verify(place, { ...rules, anchor: missing })))
      const isUnsigned = rules.publicKey !== undefined && report.manifests === 0
      reports.push(isUnsigned ? unsigned(report, place.name) : report)
    }
    return reports
  } finally {
    for (const place of places) place.close()
  }
}

/** The manifest that was kept elsewhere, unless one of several places holds it: then the others need not. */
async function absent(
  anchor: VerifyRules['anchor'],
  places: readonly Place[],
): Promise<VerifyRules['anchor']> {
  if (anchor === undefined || places.length < 2) return anchor
  for (const place of places) {
    if (await reading(place, holdsManifest(place, anchor.bytes))) return undefined
  }
  return anchor
}

async function reading<Result>({ name }: Place, result: Promise<Result>): Promise<Result> {
  try {
    return await result
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new OperationError(`${name} can't be read: ${messageOf(error)}`)
  }
}

/** Archives are named by sink, so that no database password appears in an argument. */
async function archivesOf({ sink: ids = [], config: file }: Options, seams: Seams): Promise<Report[]> {
  if (ids.length === 0) return []
  const { sinks } = await readConfig(file, seams.env)
  const opened = openSinks()
  try {
    const reports: Report[] = []
    for (const id of ids) {
      const { archive } = opened.open(enabledSink(sinks, id))
      if (archive === undefined) {
        throw new UsageError(`the sink ${id} keeps no archive; name a sink of \`type: archive\``)
      }
      const { events, faults, notes } = await archive.verify()
      reports.push({
        ok: faults.length === 0,
        files: 1,
        events,
        manifests: 0,
        faults: faults.map((fault) => ({ ...fault, file: `sink ${id}` })),
        notes: notes.map((note) => `sink ${id}: ${note}`),
      })
    }
    return reports
  } finally {
    await opened.close()
  }
}

function open(path: string, { endpoint, region }: Options): Promise<Place> {
  return path.startsWith('s3://') ? openS3(path, { endpoint, region }) : openFolder(path)
}

function readKey(file: string): KeyObject {
  try {
    return readPublicKey(bytesOf('--public-key', file).toString())
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`--public-key ${file}: ${messageOf(error)}`)
  }
}

function bytesOf(flag: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new UsageError(`${flag} ${file}: ${describeFileError(error)}`)
  }
}

/** Names files in faults by paths that the operator can open. */
function inPlace(place: Place, report: Report): Report {
  const root = place.name.replace(/\/$/, '')
  const at = (file: string) => (place.isFile || file.startsWith(root) ? file : `${root}/${file}`)
  return { ...report, faults: report.faults.map((fault) => ({ ...fault, file: at(fault.file) })) }
}

/** A missing signature is a fault: removing all of them from a place must not be easier than forging one. */
function unsigned(report: Report, file: string): Report {
  const message = 'there is no manifest here, and --public-key asks for signed ones'
  const fault = { kind: 'missing', file, message } as const
  return { ...report, ok: false, faults: [...report.faults, fault] }
}

function sum(reports: readonly Report[]): Report {
  const total = (key: 'files' | 'events' | 'manifests') =>
    reports.reduce((all, report) => all + report[key], 0)
  return {
    ok: reports.every(({ ok }) => ok),
    files: total('files'),
    events: total('events'),
    manifests: total('manifests'),
    faults: reports.flatMap(({ faults }) => faults),
    notes: reports.flatMap(({ notes }) => notes),
  }
}

function render({ ok, files, events, manifests, faults, notes }: Report): string[] {
  const seen = `${counted(events, 'event')} in ${counted(files, 'file')}${manifests > 0 ? `, ${counted(manifests, 'manifest')}` : ''}`
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  const verdict = ok ? `whole: ${seen}` : `not whole: ${count} in ${seen}`
  return [...faults.map(renderFault), ...notes.map((note) => `note: ${note}`), verdict].map(unbroken)
}
