import type { z } from 'zod'
import type { Secret } from '../../lib/secret.ts'
import { RESERVED_NAMES } from '../access-options.ts'
import type { OidcConfig, ServerConfig, UserConfig } from '../config.ts'
import { parseListen } from '../listen.ts'
import { isLoopbackHost } from '../loopback.ts'
import { serverOptions } from '../schema.ts'
import { errorAt, readSection, type SectionContext, warnAt } from '../section.ts'
import { isBroken, keyOffsetOf, type MapTree, nodeAt } from '../tree.ts'
import { resolveConnection } from './connection.ts'

type Options = z.output<typeof serverOptions>

/** Guessing takes longer than anybody has: 16 characters of base64 are 96 bits. */
const TOKEN_LENGTH = 16
const OIDC_TIMEOUT_MS = 10_000

/** `server`; undefined after errors were reported. */
export function resolveServer(section: MapTree, context: SectionContext): ServerConfig | undefined {
  const options = readSection(serverOptions, section, ['server'], context)
  if (options === undefined) return void refuseOpen(section, context)
  const before = context.problems.count
  const { listen, admin_token: adminToken, console, public_url: publicUrl, session } = options
  const users = Object.entries(options.users).map(([name, user]) => ({ name, ...user }))
  const oidc = resolveOidc(options, context)
  const error = (key: string, message: string) => errorAt(context, ['server', key], message)

  if (adminToken === undefined && users.length === 0 && oidc === undefined) {
    if (!isLoopbackHost(listen.host)) error('listen', `listening beyond this machine ${NEEDS}`)
    if (publicUrl !== undefined) error('public_url', `being reached from elsewhere ${NEEDS}`)
  }
  if (oidc !== undefined && publicUrl === undefined) {
    error('oidc', 'needs server.public_url: where the identity provider sends browsers back to')
  }
  judgeTokens(adminToken, users, context)
  if (context.problems.count > before) return undefined
  return {
    ...listen,
    console,
    ...(adminToken !== undefined && { adminToken }),
    ...(users.length > 0 && { users }),
    ...(oidc !== undefined && { oidc }),
    ...(publicUrl !== undefined && { publicUrl: new URL(publicUrl).origin }),
    sessionMs: session.max_age,
  }
}

const NEEDS = 'needs server.admin_token, server.users or server.oidc'

/** Reported despite other errors, so that somebody who misspelt `admin_token` learns that it is needed. */
function refuseOpen({ entries }: MapTree, { problems }: SectionContext): void {
  const listen = entries.get('listen')
  if (listen?.kind !== 'scalar' || ['admin_token', 'users', 'oidc'].some((key) => entries.has(key))) return
  const address = typeof listen.value === 'string' ? parseListen(listen.value) : undefined
  if (address === undefined || isLoopbackHost(address.host)) return
  problems.error(listen.at, ['server', 'listen'], `listening beyond this machine ${NEEDS}`)
}

function resolveOidc({ oidc }: Options, context: SectionContext): OidcConfig | undefined {
  const { issuer, client_id: clientId, client_secret: clientSecret, scopes, name_claim, roles } = oidc
  if (issuer === undefined || clientId === undefined) return undefined
  return {
    issuer,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    scopes,
    nameClaim: name_claim,
    roles,
    connection: resolveConnection(oidc, OIDC_TIMEOUT_MS, ['server', 'oidc'], context),
  }
}

function judgeTokens(
  adminToken: Secret | undefined,
  users: readonly UserConfig[],
  context: SectionContext,
): void {
  const { problems, root } = context
  const owners = new Map<string, string>()
  const adminPath = ['server', 'admin_token']
  if (adminToken !== undefined && !isBroken(nodeAt(root, adminPath))) {
    owners.set(adminToken.reveal(), 'server.admin_token')
    if (adminToken.reveal().length < TOKEN_LENGTH) {
      warnAt(context, adminPath, `is short: ${CURE}`)
    }
  }
  for (const { name, token } of users) {
    const path = ['server', 'users', name]
    const at = [...path, 'token']
    if (RESERVED_NAMES.includes(name)) {
      problems.error(keyOffsetOf(root, path), path, `${name} is the name of another operator; choose another`)
    }
    if (isBroken(nodeAt(root, at))) continue
    const text = token.reveal()
    const owner = owners.get(text)
    if (owner !== undefined) errorAt(context, at, `is the same as ${owner}; give each its own`)
    else if (text.length < TOKEN_LENGTH) errorAt(context, at, `is too short: ${CURE}`)
    owners.set(text, `server.users.${name}.token`)
  }
}

const CURE = `take at least ${TOKEN_LENGTH} characters, as \`openssl rand -base64 24\` makes them`
