/** Of every command that reads the configuration: flags and description. docs/command-line.md tells of the order. */
export const CONFIG_OPTION = [
  '-c, --config <file>',
  'configuration file (default: AUDITFERRY_CONFIG or ./auditferry.yaml)',
] as const
