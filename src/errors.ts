/** Errors say who must act. Anything else that is thrown is a bug, and keeps its stack trace in the log. */

/** The operator must correct the configuration or the command line: exit code 2, no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A UsageError for a source or sink that does not exist: 404 over HTTP. */
export class UnknownIdError extends UsageError {}

/**
 * Something outside gets in the way: a folder, a lock, a damaged file. The message says how to mend it. Exit code 1.
 */
export class OperationError extends Error {
  override readonly name = 'OperationError'
}

/** Another process holds the state. If it is a short command, it will release the state soon. */
export class StateInUse extends OperationError {
  /** The address at which the engine serves, if it serves at all. */
  readonly url: string | undefined

  constructor(message: string, url?: string) {
    super(message)
    this.url = url
  }
}

/** The mirror does not answer now, but may do so later. */
export class MirrorAway extends OperationError {}

/** Why a source could not be read. */
export type SourceFault =
  /** Network, 429, 5xx, a cut answer: may succeed unchanged later. */
  | 'transient'
  /** 401, 403, plan, unknown organisation, TLS: an operator must act; slow retry. */
  | 'configuration'
  /** The continuation token is no longer known: the walk asks again by time. */
  | 'token_expired'

export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly fault: SourceFault
  /** From Retry-After, milliseconds. */
  readonly afterMs: number | undefined
  readonly status: number | undefined

  constructor(
    fault: SourceFault,
    message: string,
    more: { afterMs?: number | undefined; status?: number | undefined } = {},
  ) {
    super(message)
    this.fault = fault
    this.afterMs = more.afterMs
    this.status = more.status
  }
}

/** An error with its causes and the errors that it aggregates, outermost first. */
export function* errorsIn(thrown: unknown): Generator<Error> {
  if (!(thrown instanceof Error)) return
  yield thrown
  if (thrown instanceof AggregateError) for (const it of thrown.errors) yield* errorsIn(it)
  yield* errorsIn(thrown.cause)
}

/** The `code` by which Node, and most packages, distinguish failures: `ENOENT`. */
export function errorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** The code of an error, or else that of its cause. */
export function firstCode(thrown: unknown): string | undefined {
  return errorsIn(thrown)
    .map(errorCode)
    .find((code) => code !== undefined)
}

/** The message of anything that was thrown, for people to read. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  if (thrown instanceof AggregateError && thrown.message === '') {
    return thrown.errors.map(messageOf).join('; ')
  }
  const message = inPlainWords(thrown.message)
  const cause = thrown.cause instanceof Error ? messageOf(thrown.cause) : ''
  // Some packages repeat the cause in their own message.
  return message.endsWith(cause) ? message : `${message}: ${cause}`
}

/** Whether this process may open no more files; `messageOf` says what to do. */
export function isOfFilesLimit(thrown: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes(firstCode(thrown) ?? '')
}

/** A file system error in plain words. */
export function describeFileError(error: unknown): string {
  return FILE_ERRORS[errorCode(error) ?? ''] ?? messageOf(error)
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read by this user',
  ENOTDIR: 'no such file',
  ELOOP: 'too many symbolic links',
}

/**
 * For a limit of the process, not a fault of what was opened: connect says `EMFILE 10.0.0.7:443 - Local
 * (undefined:undefined)`.
 */
const NO_LOCAL = ' - Local (undefined:undefined)'
const TOO_MANY_FILES = /\b(EMFILE|ENFILE|too many open files)\b/
const FILES_CURE = 'this process may open no more files: raise its limit (ulimit -n)'

/** Node's advice about a flag; here there is an option for it. */
const NODES_ADVICE = '; if the root CA is installed locally, try running Node.js with --use-system-ca'

/** OpenSSL says `40CD…:error:0A00010B:SSL routines:…:wrong version number:../deps/openssl/…`, with a line end. */
function inPlainWords(message: string): string {
  if (message.endsWith(FILES_CURE)) return message
  if (TOO_MANY_FILES.test(message)) return `${message.replace(NO_LOCAL, '')}; ${FILES_CURE}`
  const [, library, what] = /error:[0-9A-F]{8}:([^:]*):[^:]*:([^:\n]*)/.exec(message) ?? []
  return what === undefined ? message.replace(NODES_ADVICE, '') : `TLS: ${library}: ${what}`
}
