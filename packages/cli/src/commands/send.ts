import { randomUUID } from 'node:crypto'
import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { createCatalog } from '@rollcall/resources/catalog'
import { resources } from '@rollcall/resources/registry'
import { didYouMean } from '@rollcall/shared/closest'
import { loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'
import { type Command, CommandError, textOption, UsageError } from '../command.ts'
import { eventTypes } from '../event-types.ts'
import { exampleEvent } from '../example-event.ts'
import { readRunning } from '../installation.ts'
import { signedHeaders } from '../sign.ts'
import { terminalText } from '../terminal-text.ts'
import { wrap } from '../wrap.ts'

const Config = { CLERK_WEBHOOK_SIGNING_SECRET: variables.CLERK_WEBHOOK_SIGNING_SECRET, PORT: variables.PORT }

/** Narrow enough for every terminal. */
const HELP_COLUMNS = 80

/** A line for each subject, with what can happen to it: 46 types one after the other are nothing that anybody reads. */
function eventTypeLines(): readonly string[] {
  const bySubject = Map.groupBy(eventTypes, (type) => type.split('.', 1)[0]!)
  const width = Math.max(...[...bySubject.keys()].map((subject) => subject.length)) + 4
  return [...bySubject].flatMap(([subject, types]) => {
    const verbs = types.map((type) => type.slice(subject.length + 1)).join(', ')
    return wrap(verbs, HELP_COLUMNS - width).map((line, i) => (i === 0 ? `  ${subject}` : '').padEnd(width) + line)
  })
}

export const send: Command = {
  summary: 'Signs a realistic example event and posts it to the running receiver.',
  usage: '<event.type> [--id <id>] [--set <path>=<value> …] [--message-id <id>] [--url <url>] [--json]',
  options: {
    id: { type: 'string' },
    set: { type: 'string', multiple: true },
    'message-id': { type: 'string' },
    url: { type: 'string' },
    json: { type: 'boolean' },
  },
  help: {
    'id <id>': "what the event is about; the example's own id unless given",
    'set <path>=<value>': 'a field within `data`, as `public_metadata.plan=pro`; may be repeated',
    'message-id <id>': 'a message id sent before makes this a redelivery',
    'url <url>': "the receiver's endpoint; the one of the running `pnpm start`, unless given",
    json: 'print the answer as JSON',
  },
  notes: ['Event types:', ...eventTypeLines()],
  wordValues: eventTypes,
  examples: [
    { call: 'send user.created', shows: 'one user, as Clerk would send it' },
    {
      call: 'send user.updated --id user_1 --set first_name=Ada --set public_metadata.plan=pro',
      shows: 'with fields of your own',
    },
    { call: 'send user.created --message-id msg_1', shows: 'sent twice, it is a redelivery' },
    {
      call: 'send user.created --url https://example.com/api/webhooks',
      shows: 'to a receiver elsewhere, signed with CLERK_WEBHOOK_SIGNING_SECRET',
    },
  ],
  words: [1, 1],
  async run(call, { environment, print }) {
    const type = call.words[0]!
    const resource = createCatalog(resources).resourceOf(type)
    if (!resource) {
      const meant = didYouMean(type, eventTypes) || ` The help lists the ${eventTypes.length} that there are.`
      throw new UsageError(`There is no example of \`${type}\`.${meant}`)
    }
    const config = loadConfig(Config, environment)
    const url =
      textOption(call, 'url') ?? (await readRunning())?.webhookUrl ?? `http://127.0.0.1:${config.PORT}${WEBHOOK_PATH}`
    const messageId = textOption(call, 'message-id') ?? `msg_${randomUUID().replaceAll('-', '')}`

    const now = Date.now()
    const changes = (call.options.set as readonly string[] | undefined) ?? []
    const body = JSON.stringify(await exampleEvent(resource, type, { id: textOption(call, 'id'), changes, now }))
    const headers = signedHeaders(config.CLERK_WEBHOOK_SIGNING_SECRET[0]!, { messageId, body, now })

    const response = await post(url, headers, body)
    const answer = await response.text()
    if (call.options.json) print(JSON.stringify({ messageId, status: response.status, answer }))
    else if (response.ok) print(`${type} was queued as ${messageId}. \`pnpm rollcall events\` shows how it ended.`)
    else print(`${url} answered ${response.status}: ${terminalText(answer.trim())}`)
    return response.ok ? 0 : 1
  },
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers, body })
  } catch (error) {
    throw new CommandError(`No receiver answers at ${url}.`, 'Start one with `pnpm start`, or name it with --url.', {
      cause: error,
    })
  }
}
