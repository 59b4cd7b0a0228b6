/** The option of every command that reads the configuration. docs/command-line.md explains the order of the search. */
export const CONFIG_OPTION = [
  '-c, --config <file>',
  'configuration file (default: AUDITFERRY_CONFIG or ./auditferry.yaml)',
] as const
