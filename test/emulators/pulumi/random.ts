/** Repeatable random numbers. */

export interface Draw {
  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number
  oneOf<T>(choices: readonly T[]): T
  uuid(): string
}

export function createDraw(seed: number): Draw {
  let state = seed
  const next = () => {
    state = mix(state, 1)
    return state
  }
  const hex = () => next().toString(16).padStart(8, '0')
  return {
    below: (bound) => next() % bound,
    oneOf: (choices) => choices[next() % choices.length] as (typeof choices)[number],
    uuid: () => {
      const text = hex() + hex() + hex() + hex()
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`
    },
  }
}

/** A well-mixed 32-bit number made of two (the finaliser of MurmurHash3). */
export function mix(seed: number, index: number): number {
  let it = (seed + Math.imul(index, 0x9e3779b9)) | 0
  it = Math.imul(it ^ (it >>> 16), 0x85ebca6b)
  it = Math.imul(it ^ (it >>> 13), 0xc2b2ae35)
  return (it ^ (it >>> 16)) >>> 0
}
