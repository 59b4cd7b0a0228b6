import { inspect } from 'node:util'

/**
 * A secret that can't be printed: string conversion, JSON and inspection all show `[secret]`.
 * `reveal` reads the value at the moment of use, so that a rotated secret file takes effect without restart.
 */
export class Secret {
  readonly #read: () => string

  constructor(read: string | (() => string)) {
    this.#read = typeof read === 'string' ? () => read : read
  }

  reveal(): string {
    return this.#read()
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
