import { CommandError } from '../command.ts'

/** An address on the internet that leads to a port here. */
export interface Tunnel extends AsyncDisposable {
  readonly url: string
}

/** What is used of `@ngrok/ngrok`. */
interface Ngrok {
  forward(options: {
    readonly addr: number
    readonly authtoken: string
    readonly domain?: string
  }): Promise<{ url(): string | null; close(): Promise<void> }>
}

export interface TunnelOptions {
  readonly port: number
  readonly authtoken: string | undefined
  /** One that the account has reserved, so that the address is the same each time. */
  readonly domain: string | undefined
}

const WHERE_TOKENS_ARE = 'https://dashboard.ngrok.com/get-started/your-authtoken'

/** Opens a tunnel of ngrok's, whose package is loaded only here. */
export async function openTunnel(
  { port, authtoken, domain }: TunnelOptions,
  load: () => Promise<Ngrok> = loadNgrok,
): Promise<Tunnel> {
  if (authtoken === undefined) {
    throw new CommandError(
      'A tunnel of ngrok needs your token, and NGROK_AUTHTOKEN is not set.',
      `Copy the token from ${WHERE_TOKENS_ARE}, write NGROK_AUTHTOKEN=… into .env, and start again.`,
    )
  }
  const ngrok = await load()
  const listener = await ngrok.forward({ addr: port, authtoken, ...(domain !== undefined && { domain }) }).catch(refuse)
  const url = listener.url()
  if (url === null) throw new CommandError('ngrok opened a tunnel without an address.', 'Start again.')
  return { url, [Symbol.asyncDispose]: () => listener.close() }
}

async function loadNgrok(): Promise<Ngrok> {
  try {
    const { default: ngrok } = await import('@ngrok/ngrok')
    return ngrok
  } catch (error) {
    throw new CommandError(
      `@ngrok/ngrok has no code for this machine (${process.platform}, ${process.arch}).`,
      'Use a tunnel of another kind: `rollcall start` without --tunnel names two.',
      { cause: error },
    )
  }
}

/** What ngrok's service says is for people, and ends with a link to an explanation; it quotes no token. */
function refuse(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error)
  const code = /ERR_NGROK_\d+/.exec(text)?.[0]
  const advice = code === undefined ? undefined : ADVICE[code]
  if (advice !== undefined) throw new CommandError(`ngrok opened no tunnel (${code}).`, advice, { cause: error })
  const said = text.replaceAll(/\s+/g, ' ').trim()
  throw new CommandError(`ngrok opened no tunnel: ${said}.`, ELSE, { cause: error })
}

const ELSE =
  'Is this machine on the internet, and may it reach connect.ngrok-agent.com:443? https://ngrok.com/docs/errors explains what ngrok says.'

/** The usual ones of https://ngrok.com/docs/errors. */
const ADVICE: Readonly<Record<string, string>> = {
  ERR_NGROK_105: `NGROK_AUTHTOKEN is not a token of ngrok's. Copy it again from ${WHERE_TOKENS_ARE}.`,
  ERR_NGROK_107: `The token in NGROK_AUTHTOKEN is no longer valid. Copy the one from ${WHERE_TOKENS_ARE}.`,
  ERR_NGROK_108: 'Your account has a tunnel open already, and its plan has one. Close that first.',
  ERR_NGROK_319: 'Reserve the domain of --domain at https://dashboard.ngrok.com/domains, or leave the option out.',
  ERR_NGROK_334: 'The domain of --domain has a tunnel already, on this or another machine. Close that first.',
}
