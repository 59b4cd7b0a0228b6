/** An event as the emulated server holds it; the names are those of the API's JSON. */
export interface EmulatedEvent {
  /** Unix seconds. */
  readonly timestamp: number
  /** Event id. */
  readonly event: string
  readonly description: string
  readonly sourceIP: string
  readonly user: {
    readonly name: string
    readonly githubLogin: string
    readonly avatarUrl: string
    readonly email?: string
  }
  readonly tokenID?: string
  readonly tokenName?: string
  readonly reqOrgAdmin?: boolean
  readonly reqStackAdmin?: boolean
  readonly authFailure?: boolean
  readonly actorName?: string
  readonly actorUrn?: string
  /** Extra fields, such as a later version of the API may add: JSON members and CSV columns of these names. */
  readonly extra?: Readonly<Record<string, string>>
  /** Sent in place of the encoded event: a malformed row or entry. */
  readonly verbatim?: { readonly csv?: string; readonly json?: string }
}

/** What a test gives; the rest gets defaults. */
export type NewEvent = Partial<EmulatedEvent> & { readonly timestamp: number }

export function completed(event: NewEvent): EmulatedEvent {
  return {
    event: 'stack-created',
    description: '',
    sourceIP: '198.51.100.7',
    user: { name: 'Dana Okafor', githubLogin: 'dana', avatarUrl: 'https://avatars.example/dana' },
    ...event,
  }
}
