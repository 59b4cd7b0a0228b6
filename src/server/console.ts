/**
 * The console: a page and its script, style and icon, built from `src/console` into `src/console/dist`. All of it is
 * read once and kept. Nothing is fetched from elsewhere, and the policy below lets nothing be.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Reply, Route, RouteRequest } from './route.ts'
import { takesGzip } from './send.ts'

const BUILT = join(import.meta.dirname, '../console/dist')

/** The console's addresses; each is the same page, which looks at its own address. */
const PAGES = [
  '/',
  '/events/{uid}',
  '/components',
  '/dead-letters',
  '/ledger',
  '/backfills',
  '/trail',
  '/login',
]

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** CSP Level 3, https://www.w3.org/TR/CSP3/. Avatars would come from elsewhere: the console draws initials. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

interface Asset {
  readonly type: string
  readonly etag: string
  readonly plain: Buffer
  readonly zipped: Buffer
}

interface Console {
  readonly routes: Route[]
  /** What a browser shows at an unknown address: the page, which says so and leads back. Undefined for other callers. */
  lost(request: IncomingMessage, path: string): Reply | undefined
}

/** `plainPage` is for callers that don't want HTML, and while the console is not built. */
export function createConsole(plainPage: Reply): Console {
  const assets = readAssets()
  const page = assets.get('index.html')
  const pages = PAGES.map((path) =>
    route(path, (request) => {
      if (page === undefined) return path === '/' ? plainPage : NOT_BUILT
      return path === '/' && !wantsHtml(request) ? plainPage : replyWith(page, request)
    }),
  )
  const files = [...assets].map(([name, asset]) =>
    route(`/assets/${name}`, (request) => replyWith(asset, request)),
  )
  return {
    routes: [...pages, ...files],
    lost(request, path) {
      const isVisit = ['GET', 'HEAD'].includes(request.method ?? '') && wantsHtml(request)
      if (page === undefined || !isVisit || path.startsWith('/api/')) return undefined
      return replyWith(page, request, 404)
    },
  }
}

function wantsHtml({ headers }: Pick<RouteRequest, 'headers'>): boolean {
  return headers.accept?.includes('text/html') ?? false
}

const NOT_BUILT: Reply = {
  status: 503,
  type: 'text/plain; charset=utf-8',
  body: 'The console is not built: npm run build\n',
}

function route(path: string, handle: (request: RouteRequest) => Reply): Route {
  return { method: 'GET', path, access: 'open', summary: 'the console', ignoresOthers: true, handle }
}

function readAssets(): Map<string, Asset> {
  let names: string[] = []
  try {
    names = readdirSync(BUILT)
  } catch {
    // Not built: the plain page stands in.
  }
  return new Map(names.filter((name) => extname(name) in TYPES).map((name) => [name, readAsset(name)]))
}

function readAsset(name: string): Asset {
  const plain = readFileSync(join(BUILT, name))
  // Weak: the same for both encodings.
  const etag = `W/"${createHash('sha256').update(plain).digest('hex').slice(0, 16)}"`
  return { type: TYPES[extname(name)] ?? '', etag, plain, zipped: gzipSync(plain, { level: 9 }) }
}

/** Weak comparison, RFC 9110, 8.8.3.2: a cache between may have made another's tag weak, or ask for several. */
function isKnown(etag: string, asked = ''): boolean {
  return asked.trim() === '*' || (asked.match(/"[^"]*"/g) ?? []).some((tag) => etag === `W/${tag}`)
}

function replyWith(asset: Asset, { headers }: Pick<RouteRequest, 'headers'>, status = 200): Reply {
  const { type, etag, plain, zipped } = asset
  // RFC 9110, 8.8.3 and 13.1.2: asked for each time, sent only when it changed.
  const vary = type === TYPES['.html'] ? 'accept, accept-encoding' : 'accept-encoding'
  const always = { ...HEADERS, etag, 'cache-control': 'no-cache', vary }
  if (status === 200 && isKnown(etag, headers['if-none-match']))
    return { status: 304, type, headers: always, body: '' }
  if (!takesGzip(headers)) return { status, type, headers: always, body: plain }
  return { status, type, headers: { ...always, 'content-encoding': 'gzip' }, body: zipped }
}
