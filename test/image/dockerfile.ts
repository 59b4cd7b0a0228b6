/** Reads a Dockerfile into its stages: only what the project's own file uses; everything else is refused. */

export interface Stage {
  /** An image, or the name of an earlier stage. */
  readonly base: string
  readonly name: string
  readonly steps: readonly Step[]
}

export interface Step {
  /** Upper case: `RUN`. */
  readonly instruction: string
  /** `--from=build` is `{ from: 'build' }`. */
  readonly flags: Readonly<Record<string, string>>
  readonly text: string
}

export function parseDockerfile(text: string): Stage[] {
  const stages: { base: string; name: string; steps: Step[] }[] = []
  for (const line of logicalLines(text)) {
    const step = parseStep(line)
    if (step.instruction === 'FROM') {
      const [base = '', , name = ''] = step.text.split(/\s+/)
      stages.push({ base, name, steps: [] })
      continue
    }
    const stage = stages.at(-1)
    if (stage === undefined) throw new Error(`Dockerfile: ${step.instruction} before the first FROM`)
    stage.steps.push(step)
  }
  return stages
}

/** All texts of one instruction in a stage. */
export function textsOf(stage: Stage, instruction: string): string[] {
  return stage.steps.filter((step) => step.instruction === instruction).map((step) => step.text)
}

/** `["node", "main.ts"]` as a list; undefined for the shell form. */
export function execForm(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  const list: unknown = JSON.parse(text)
  return Array.isArray(list) ? list.map(String) : undefined
}

function parseStep(line: string): Step {
  const match = /^([A-Za-z]+)\s+((?:--[a-z-]+=\S+\s+)*)(.*)$/s.exec(line)
  if (match === null) throw new Error(`Dockerfile: cannot read ${JSON.stringify(line)}`)
  const [, instruction = '', flags = '', text = ''] = match
  const pairs = [...flags.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value])
  return { instruction: instruction.toUpperCase(), flags: Object.fromEntries(pairs), text: text.trim() }
}

function logicalLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
}
