/** The events that the attestation in docs/ is about, invented and always the same. */
import { inventHistory } from '../emulators/pulumi/invent.ts'

export const FROM = '2026-11-20T00:00:00Z'
export const TO = '2026-11-23T00:00:00Z'
export const EVENTS = 1_500

const newest = Date.parse(TO) / 1000 - 1

export const past = inventHistory({
  seed: 7,
  count: EVENTS,
  newest,
  density: EVENTS / (newest - Date.parse(FROM) / 1000),
})
