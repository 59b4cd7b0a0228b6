/**
 * Cuts a native line into parts, most of which are the same in many events: a caller that remembers these need not
 * parse them. Pure.
 */
import { LONGEST, maybe, TEXT, text, texts } from './native-pattern.ts'

/** Members without the braces around them, unless stated otherwise. */
interface NativeParts {
  readonly origin: string
  readonly kind: string
  readonly who: string
  /** The target's type, name, project and stack, without the closing brace. */
  readonly target: string | undefined
  /** With its quotes, like those that follow. */
  readonly address: string | undefined
  /** The token's texts, the other ones of the target, and the description. */
  readonly own: readonly string[]
}

/** Takes a line up to its record; undefined if it isn't written as most lines are, whether valid or not. */
export function partsOfHead(head: string): NativeParts | undefined {
  const found = head.length > LONGEST ? null : HEAD.exec(head)
  if (found === null) return undefined
  const [, origin = '', kind = '', who = '', id, name, nameAlone, address, target, ...others] = found
  const own = [id, name, nameAlone, ...others].filter((it) => it !== undefined)
  return { origin, kind, who, target, address, own }
}

const NUMBER = String.raw`(?:0|[1-9]\d*)`
const FLAG = '(?:true|false)'
const FLAT = String.raw`\{[^{}"\\]*(?:${TEXT}[^{}"\\]*)*\}`
const TOKEN = String.raw`(?:,"token":\{(?:${text('id')}${maybe('name')}|${text('name')})?\})?`
/** The same pattern without its group. */
const all = (pattern: string) => pattern.replaceAll(`(${TEXT})`, TEXT)

const HEAD = new RegExp(
  String.raw`^\{${all(text('uid'))},(${all(texts('source', 'organization'))}),"timestamp":${NUMBER},"time":${TEXT},"observedAt":${NUMBER},` +
    String.raw`(${all(texts('action', 'actionName', 'category', 'operation', 'outcome'))},"severity":\d),` +
    `("actor":${FLAT})${TOKEN}${maybe('sourceIp')},` +
    String.raw`"required":\{"orgAdmin":${FLAG},"stackAdmin":${FLAG}\},"authFailure":${FLAG}` +
    String.raw`(?:,("target":\{${all(text('type'))}${all(maybe('name', 'project', 'stack'))})${maybe('updateId', 'user', 'role')}\})?` +
    `${maybe('description')}$`,
)
