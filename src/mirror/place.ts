/** Where a mirror lies: a file or an S3 object, each with the revision before beside it. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { makeFolder } from '../lib/folder.ts'
import { unlessGone } from '../lib/unless-gone.ts'

export interface MirrorPlace {
  /** For messages. */
  readonly name: string
  /** The last revision and the one before, as far as they are there. */
  read(): Promise<string[]>
  write(text: string): Promise<void>
}

/** `address`: an absolute path, or `s3://bucket/key`. */
export function openPlace(address: string): MirrorPlace {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? []
  return bucket === undefined || key === undefined ? fileAt(address) : objectAt(bucket, key)
}

function fileAt(path: string): MirrorPlace {
  const previous = `${path}.previous`
  return {
    name: path,
    async read() {
      const texts = await Promise.all([path, previous].map((it) => unlessGone(readFile(it, 'utf8'))))
      return texts.filter((text) => text !== undefined)
    },
    async write(text) {
      makeFolder(dirname(path))
      // Not by the process's id: containers that share a volume are all process 1.
      const aside = `${path}.${randomUUID()}.new`
      try {
        await writeFile(aside, text, { mode: 0o600, flush: true })
        await unlessGone(rename(path, previous))
        await rename(aside, path)
      } catch (error) {
        await rm(aside, { force: true }).catch(() => undefined)
        throw error
      }
    },
  }
}

/** Credentials, region and endpoint come from the usual AWS chain. */
function objectAt(bucket: string, key: string): MirrorPlace {
  let opened: Promise<S3Client> | undefined
  const sdk = () => import('@aws-sdk/client-s3')
  const client = () => {
    opened ??= sdk().then(({ S3Client }) => new S3Client({ region: process.env.AWS_REGION ?? 'us-east-1' }))
    return opened
  }
  let last: string | undefined
  const read = async (at: string): Promise<string | undefined> => {
    const { GetObjectCommand, NoSuchKey } = await sdk()
    try {
      const answer = await (await client()).send(new GetObjectCommand({ Bucket: bucket, Key: at }))
      return await answer.Body?.transformToString()
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }
  const put = async (at: string, text: string) => {
    const { PutObjectCommand } = await sdk()
    const request = { Bucket: bucket, Key: at, Body: text, ContentType: 'application/json' }
    await (await client()).send(new PutObjectCommand(request))
  }
  return {
    name: `s3://${bucket}/${key}`,
    async read() {
      const texts = await Promise.all([key, `${key}.previous`].map(read))
      return texts.filter((text) => text !== undefined)
    },
    async write(text) {
      last ??= await read(key)
      if (last !== undefined) await put(`${key}.previous`, last)
      await put(key, text)
      last = text
    },
  }
}
