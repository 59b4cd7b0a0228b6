/** Option with the name of an AWS region. */
import { z } from 'zod'

/** What the SDK takes for one: it becomes a part of host names. Compatible stores have names of their own, such as `auto`. */
export function awsRegion() {
  return z
    .string()
    .regex(
      /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/,
      'expected a region such as eu-west-1: letters, digits and `-` alone',
    )
}
