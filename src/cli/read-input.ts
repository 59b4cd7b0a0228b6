/** A file that a command line names, or standard input for `-`. */
import { readFile } from 'node:fs/promises'
import type { Seams } from './seams.ts'

export async function readInput(file: string, { stdin }: Pick<Seams, 'stdin'>): Promise<string> {
  if (file !== '-') return readFile(file, 'utf8')
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
