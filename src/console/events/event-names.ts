/** What a list calls those that an event names. Pure. */
import type { Actor, Target } from '../../event.ts'

/** The name, or else the login; the system itself has neither. */
export function actorName({ name, login, type }: Actor): string {
  return [name, login, type].find((it) => it.trim() !== '') ?? ''
}

/** `web/prod`; a description may name a stack without its project. */
export function stackName({ project, stack }: Target): string {
  return [project, stack].filter((it) => it !== undefined).join('/')
}
