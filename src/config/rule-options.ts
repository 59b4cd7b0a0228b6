/** Options of the rules that every sink takes (docs/rules.md). */
import { z } from 'zod'
import { checkWhere } from '../deliver/check-where.ts'
import { checkField, checkRedaction } from '../deliver/redact.ts'
import { type MmdbKind, whyNoMmdb } from '../lib/mmdb.ts'
import { duration, integer, path, secret } from '../lib/options.ts'
import type { Redaction } from './config.ts'

/** CEL over the event. */
export function expression() {
  return z.string().check(({ value, issues }) => {
    const fault = checkWhere(value)
    if (fault === undefined) return
    issues.push({ code: 'custom', input: value, message: `not a valid CEL expression: ${fault}` })
  })
}

const fieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a name of letters, digits and _')

/** Reads the file right away, so that its faults are reported together with all others. */
function mmdbFile(kind: MmdbKind) {
  return path().check(({ value, issues }) => {
    const fault = whyNoMmdb(value, kind)
    if (fault !== undefined) issues.push({ code: 'custom', input: value, message: fault })
  })
}

const geoip = z.strictObject({
  city: mmdbFile('city').optional().describe('MMDB file of cities or countries, such as GeoLite2-City.mmdb.'),
  asn: mmdbFile('asn').optional().describe('MMDB file of networks, such as GeoLite2-ASN.mmdb.'),
})

const enrich = z.strictObject({
  fields: z
    .record(
      fieldName,
      z.union([z.string(), z.number(), z.boolean()], { error: 'expected a text, a number, true or false' }),
    )
    .default({})
    .describe('Fields of your own, by name; they appear as enrichment.fields.'),
  geoip: geoip
    .prefault({})
    .describe(
      'Local databases in which sourceIp is looked up; results appear as enrichment.geo and enrichment.as.',
    ),
})

const sample = z
  .strictObject({
    where: expression().describe('CEL expression over the event: which events the entry matches.'),
    keep: integer({ min: 1 }).describe('How many of each `of` are sent.'),
    of: integer({ min: 2 }).describe('Of how many.'),
  })
  .refine(({ keep, of }) => keep < of, {
    path: ['keep'],
    message: 'must be less than `of`, or nothing is left out',
  })

/** Checked by itself, so that other faults do not hide that the field is unknown. */
function redactableField() {
  return z.string().check(({ value, issues }) => {
    const fault = checkField(value)
    if (fault !== undefined) issues.push({ code: 'custom', input: value, message: unnamed(fault, value) })
  })
}

/** The position shows which field is meant; messages repeat no value of the file. */
function unnamed(fault: string, field: string): string {
  return fault.replaceAll(`"${field}"`, 'this field')
}

const redaction = z
  .strictObject({
    field: redactableField().describe('Path in the native event, such as actor.email.'),
    with: z
      .enum(['drop', 'mask', 'hash', 'truncate'])
      .describe('What becomes of it: drop, mask, hash or truncate.'),
    key: z
      .union([secret(), z.array(secret()).min(1, 'is empty')], {
        error: 'expected a secret text (put it in quotes), or a list of them',
      })
      .optional()
      .describe(
        'Key of hash, for HMAC-SHA-256; without it plain SHA-256, which can be reversed by trying. A list: the first hashes, the others are for finding what was hashed before.',
      ),
    keep: integer({ min: 0 }).optional().describe('Characters that truncate keeps.'),
    prefix: z
      .strictObject({
        v4: integer({ min: 0, max: 32 }).default(24).describe('Bits of an IPv4 address.'),
        v6: integer({ min: 0, max: 128 }).default(48).describe('Bits of an IPv6 address.'),
      })
      .optional()
      .describe('Bits of an address that mask keeps. Default: 24 of IPv4, 48 of IPv6.'),
  })
  .transform(({ field, with: how, key, keep, prefix }, context): Redaction => {
    const [newest, ...older] = key === undefined ? [] : [key].flat()
    const it = {
      field,
      with: how,
      ...(newest && { key: newest }),
      ...(older.length > 0 && { olderKeys: older }),
      ...(keep !== undefined && { keep }),
      ...(prefix && { prefix }),
    }
    const fault = checkRedaction(it)
    if (fault === undefined) return it
    context.issues.push({ code: 'custom', message: unnamed(fault, field), path: ['field'], input: field })
    return z.NEVER
  })

export const ruleOptions = {
  enrich: enrich.prefault({}).describe('What is added to each event, before all other rules.'),
  sample: z
    .array(sample)
    .default([])
    .describe(
      'Kinds of event of which only a fraction is sent; the first entry that matches an event decides.',
    ),
  dedupe_window: duration({ min: '1s', max: '7d' })
    .optional()
    .describe(
      'Leaves out an event that says the same as one sent less than this before; for sinks that show each event to people.',
    ),
  redact: z.array(redaction).default([]).describe('Fields to remove or disguise before an event leaves.'),
}
