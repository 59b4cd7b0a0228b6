import { z } from 'zod'
import { integrityOption } from '../../../src/integrity/options.ts'
import { duration, integer, path, size } from '../../../src/lib/options.ts'

const rotate = z
  .strictObject({
    max_bytes: size({ min: '1KiB' }).optional().describe('Rotate before the file grows beyond this size.'),
    max_age: duration({ min: '1s' })
      .optional()
      .describe('Rotate a file that is older than this, at the next write.'),
    keep: integer({ min: 1 })
      .optional()
      .describe('How many rotated files to keep; older ones are deleted. Default: all.'),
  })
  .refine((it) => it.max_bytes !== undefined || it.max_age !== undefined, 'needs max_bytes, max_age or both')

export const config = z
  .strictObject({
    path: path().describe('File to append to, `-` for standard output. Missing folders are created.'),
    rotate: rotate.optional().describe('When to start a new file. Default: never.'),
    compression: z.enum(['none', 'gzip', 'zstd']).default('none').describe('Compression of rotated files.'),
    integrity: integrityOption(),
  })
  .refine((it) => it.path !== '-' || it.integrity === 'none', {
    path: ['integrity'],
    message: 'standard output cannot be read back to go on with a chain: give a path',
  })
  .refine((it) => it.path !== '-' || it.rotate === undefined, {
    path: ['rotate'],
    message: 'standard output has no rotation: give a path',
  })
  .refine((it) => it.compression === 'none' || it.rotate !== undefined, {
    path: ['compression'],
    message: 'only rotated files are compressed: set `rotate` as well',
  })

export type Config = z.output<typeof config>
