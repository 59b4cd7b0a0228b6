import type { Target } from '../event.ts'

interface Named {
  readonly organization: string
  readonly target?: { readonly [Part in keyof Target]?: Target[Part] | undefined }
}

/**
 * Full name of what an event is about: `acme/web/prod` for a stack or an environment, as Pulumi writes them, otherwise
 * the name in its description. Absent if nothing names it. `object` is its kind according to the catalogue.
 */
export function objectName(event: Named, object: string | undefined): string | undefined {
  const { target, organization } = event
  const name = target?.stack || target?.name
  if (target?.project) return [organization, target.project, name].filter(Boolean).join('/')
  return name || target?.user || (object === 'organization' ? organization : undefined)
}
