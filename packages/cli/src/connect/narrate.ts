import { styleText } from 'node:util'

/** A line of the log, as far as it is read. */
export interface SaidLine {
  readonly msg?: unknown
  readonly reason?: unknown
  readonly type?: unknown
  readonly entityId?: unknown
  readonly outcome?: unknown
  readonly errorCode?: unknown
}

/** What a person is told of the first webhooks; nothing where a line is not worth a word, or has had it. */
export type Narrate = (line: SaidLine) => string | undefined

/**
 * Watches the log for whoever connects Clerk: celebrates the first webhook that verifies, and explains each way of failing
 * once, until then.
 */
export function createNarrator(): Narrate {
  const told = new Set<string>()
  let isConnected = false
  return (line) => {
    if (isConnected) return undefined
    if (line.msg === 'event.settled') {
      isConnected = true
      return celebration(line)
    }
    const code =
      line.msg === 'webhook.refused' ? String(line.reason) : line.msg === 'webhook.deferred' ? 'deferred' : ''
    const explanation = EXPLANATIONS[code]
    if (explanation === undefined || told.has(code)) return undefined
    told.add(code)
    return `${styleText('yellow', '!')} ${explanation}`
  }
}

function celebration({ type, entityId, outcome, errorCode }: SaidLine): string {
  const event = `${String(type)}${entityId === undefined ? '' : ` of ${String(entityId)}`}`
  const first = `${styleText('green', '✓')} ${styleText('bold', 'Clerk is connected.')} The first webhook has come and verified: ${event}.`
  switch (outcome) {
    case 'applied':
      return `${first} Its row is in Postgres.`
    case 'ignored':
      return `${first} It is not mirrored, so it ended as ignored; events of what is mirrored become rows.`
    case 'failed':
      return `${first} It could not be applied (${String(errorCode)}): \`pnpm rollcall failed\` says why.`
    default:
      return `${first} It ended as ${String(outcome)}: \`pnpm rollcall events\` says what that means.`
  }
}

/** By the reason of a refusal. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  signature_invalid:
    "A webhook came that the signing secret does not match. Either the secret is another endpoint's: copy the one of this endpoint. Or something on the way parsed the body and wrote it anew: a signature is over the bytes as Svix sent them.",
  timestamp_out_of_tolerance:
    "A webhook came whose time is more than 5 minutes from this machine's clock. Set the clock right (`timedatectl`, or the system's settings); or it was an old request that somebody sent again.",
  timestamp_invalid:
    "A request came whose svix-timestamp is not a number. Clerk's are: something else sent it, or changed it on the way.",
  header_missing:
    "A request came without Svix's headers. Clerk sends them: it was something else, or a proxy on the way that drops headers which begin with svix-.",
  deferred:
    'A webhook came and the queue did not take it; Svix sends it again by itself. The lines of the log say what is wrong with the queue.',
}
