/** What is wrong with a configuration: collected over the whole file, then shown in the file's order. */
import type { Path } from './tree.ts'

/** One error or warning. Its texts never hold a value of the file: it could be a misplaced secret. */
export interface ConfigError {
  readonly file: string
  /** From 1; 0 when the file as a whole is meant. */
  readonly line: number
  readonly column: number
  /** `sinks.soc.redact[0].with`; empty at the top. */
  readonly path: string
  readonly message: string
  /** The nearest known name; empty if none is near. */
  readonly suggestion: string
}

export interface Problems {
  /** `at` is an offset in the file's text. */
  error(at: number, path: Path, message: string, suggestion?: string): void
  warn(at: number, path: Path, message: string): void
  /** How many errors there are so far. */
  readonly count: number
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
}

export function collectProblems(
  file: string,
  position: (at: number) => { line: number; col: number },
): Problems {
  const errors: ConfigError[] = []
  const warnings: ConfigError[] = []
  const entry = (at: number, path: Path, message: string, suggestion = ''): ConfigError => {
    const { line, col } = position(at)
    return { file, line, column: col, path: formatPath(path), message, suggestion }
  }
  return {
    error: (at, path, message, suggestion) => void errors.push(entry(at, path, message, suggestion)),
    warn: (at, path, message) => void warnings.push(entry(at, path, message)),
    get count() {
      return errors.length
    },
    get errors() {
      return errors.toSorted(byPosition)
    },
    get warnings() {
      return warnings.toSorted(byPosition)
    },
  }
}

/** `file:line:column: path: message (did you mean …?)`, without the parts that are not known. */
export function formatProblem(it: ConfigError): string {
  const place = it.line === 0 ? it.file : `${it.file}:${it.line}:${it.column}`
  const hint = it.suggestion === '' ? '' : ` (did you mean ${it.suggestion}?)`
  return [place, it.path, it.message].filter((part) => part !== '').join(': ') + hint
}

function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? showKey(step) : `${text}.${showKey(step)}`
  }, '')
}

/** `{ token:abc }` without a blank is a key for YAML, so of an odd key only the part before the oddity is shown. */
function showKey(key: string): string {
  return /^[\w.-]{1,64}$/.test(key) ? key : `${/^[\w-]{0,64}/.exec(key)?.[0]}…`
}

function byPosition(a: ConfigError, b: ConfigError): number {
  return a.line - b.line || a.column - b.column
}
