/** What a sink from a package receives: the same parts that the sinks of this repository import. */
import { z } from 'zod'
import { defineSink } from '../connector.ts'
import { FORMAT_NAMES, JSON_FORMAT_NAMES } from '../formats/formats.ts'
import { createHttpClient } from '../lib/http/http.ts'
import { outcomeOfFailure, outcomeOfStatus, retryAfterMs } from '../lib/http/outcome.ts'
import { connectionCure, createPoster } from '../lib/http/poster.ts'
import { duration, flag, headerSecret, httpUrl, path, secret, size } from '../lib/options.ts'
import { arrayOfPayloads, linesOfPayloads } from '../lib/sinks/payload-bodies.ts'
import { createRequestSink } from '../lib/sinks/request-sink.ts'
import { delivered, every } from '../outcome.ts'

export const sinkKit = {
  z,
  defineSink,
  /** Kinds of options; a secret is never printed. */
  options: { duration, flag, headerSecret, httpUrl, path, secret, size },
  formats: { all: FORMAT_NAMES, json: JSON_FORMAT_NAMES },
  outcomes: { delivered, every, outcomeOfStatus, outcomeOfFailure, retryAfterMs },
  http: { createHttpClient, createPoster, createRequestSink, connectionCure },
  bodies: { linesOfPayloads, arrayOfPayloads },
}
