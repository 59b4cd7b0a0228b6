/** The option of every command that reads the configuration. docs/command-line.md explains the order of the search. */
export const CONFIG_OPTION = [
  '-c, --config <file>',
  'configuration file (default: AUDITFERRY_CONFIG or ./auditferry.yaml)',
] as const

/** What follows an error that quotes arguments where one of them looks like the configuration; else empty text. */
export function configCure(message: string): string {
  return /\.ya?ml\b/.test(message) ? '; a configuration is named with --config FILE' : ''
}
