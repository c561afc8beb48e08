import { setTimeout as sleep } from 'node:timers/promises'
import { signedHeaders } from '@rollcall/cli/sign'
import { runPipeline } from '@rollcall/cli/start/run-pipeline'
import { openScratch } from '@rollcall/cli/start/scratch'
import { configureConsole } from '@rollcall/console/config'
import { startConsole } from '@rollcall/console/console'
import type { Environment } from '@rollcall/shared/config'
import { createLog } from '@rollcall/shared/log'
import { Client } from 'pg'

/** A whole Rollcall with data in it, for those who write its documentation. */
export interface Demo extends AsyncDisposable {
  readonly consoleUrl: string
}

export const DEMO_TOKEN = 'a-token-for-the-demonstration-only'

/** Somebody to whom much has happened, not in the order in which it came. */
export const ADA = 'user_2rollcallExampleAda00001'
const GRACE = 'user_2rollcallExampleGrace001'

const NAMES = ['Ada', 'Grace', 'Barbara', 'Edsger', 'Frances', 'Donald', 'Radia', 'Alan', 'Adele', 'Ken']
const USERS = 180
const MINUTE_MS = 60_000

/** Starts servers, receiver, worker and console, sends webhooks as Svix does, and spreads them over the last hour. */
export async function startDemo(over: Environment = { CONSOLE_TOKEN: DEMO_TOKEN }): Promise<Demo> {
  await using opened = new AsyncDisposableStack()
  const scratch = await openScratch(opened)
  const environment = { ...scratch.environment, EVENT_BODIES: 'all', ...over }
  const log = createLog({ level: 'error', process: 'demo' })
  const { webhookUrl } = await runPipeline(environment, scratch.folder, () => log, opened)

  const client = new Client({ connectionString: environment.DATABASE_URL })
  await client.connect()
  const sent = await sendAll((each) => send(webhookUrl, environment.CLERK_WEBHOOK_SIGNING_SECRET, each), client)
  await untilSettled(client, sent)
  await spreadOverAnHour(client)
  await client.end()

  const running = opened.use(await startConsole(await configureConsole(environment, scratch.folder), log))
  const open = opened.move()
  return { consoleUrl: `http://localhost:${running.port}`, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

interface Message {
  readonly id: string
  readonly body: object
}

const message = (name: string): string => `msg_2rollcallExample${name.padStart(8, '0')}`

function userEvent(verb: string, id: string, at: number, fields: object): object {
  const data =
    verb === 'deleted' ? { object: 'user', id, deleted: true } : { object: 'user', id, updated_at: at, ...fields }
  return { object: 'event', type: `user.${verb}`, timestamp: at, instance_id: 'ins_2rollcallExampleInstance01', data }
}

const profile = (first_name: string, more: object = {}): object => ({
  first_name,
  last_name: 'Example',
  primary_email_address_id: 'idn_1',
  email_addresses: [{ id: 'idn_1', email_address: `${first_name.toLowerCase()}@example.com` }],
  public_metadata: { team: 'engines' },
  private_metadata: { customer: 'cus_4711' },
  password_enabled: true,
  ...more,
})

async function sendAll(send: (each: Message) => Promise<void>, client: Client): Promise<number> {
  const now = Date.now()
  const crowd: Message[] = Array.from({ length: USERS }, (_, i) => {
    const id = `user_2rollcallExample${String(i).padStart(8, '0')}`
    const at = now - 55 * MINUTE_MS + i * 15_000
    return { id: message(`U${i}`), body: userEvent('created', id, at, profile(NAMES[i % NAMES.length]!)) }
  })
  const ada: Message[] = [
    { id: message('A1'), body: userEvent('created', ADA, now - 40 * MINUTE_MS, profile('Ada')) },
    { id: message('A3'), body: userEvent('updated', ADA, now - 20 * MINUTE_MS, profile('Ada', { username: 'ada' })) },
    { id: message('A2'), body: userEvent('updated', ADA, now - 30 * MINUTE_MS, profile('Augusta')) },
    { id: message('A3'), body: userEvent('updated', ADA, now - 20 * MINUTE_MS, profile('Ada', { username: 'ada' })) },
    {
      id: message('A4'),
      body: userEvent('updated', ADA, now - 5 * MINUTE_MS, profile('Ada', { last_name: 'Lovelace' })),
    },
  ]
  const email: Message = { id: message('E1'), body: emailEvent(now - 6 * MINUTE_MS) }
  for (const each of [...crowd, email]) await send(each)
  for (const [i, each] of ada.entries()) {
    await send(each)
    await untilSettled(client, i < 3 ? crowd.length + 2 + i : crowd.length + 1 + i)
  }

  // A deploy that refuses some rows, as a wrong constraint does.
  await client.query("alter table clerk.users add constraint users_no_nickname check (username <> 'nick') not valid")
  const poisoned = Array.from({ length: 42 }, (_, i) => ({
    id: message(`N${i}`),
    body: userEvent(
      'updated',
      i === 0 ? GRACE : `user_2rollcallExample${String(i).padStart(8, '0')}`,
      now - (42 - i) * 4_000,
      {
        ...profile(NAMES[i % NAMES.length]!),
        username: 'nick',
      },
    ),
  }))
  const odd = Array.from({ length: 3 }, (_, i) => ({
    id: message(`O${i}`),
    body: { object: 'event', type: 'organization.updated', timestamp: now, instance_id: 'ins_1', data: 'gone' },
  }))
  for (const each of [...poisoned, ...odd]) await send(each)
  return crowd.length + 5 + poisoned.length + odd.length
}

const emailEvent = (at: number): object => ({
  object: 'event',
  type: 'email.created',
  timestamp: at,
  instance_id: 'ins_2rollcallExampleInstance01',
  data: { object: 'email', id: 'ema_2rollcallExampleAda00001', user_id: ADA, subject: '424242 is your code' },
})

async function send(url: string, secret: string, { id, body }: Message): Promise<void> {
  const text = JSON.stringify(body)
  const headers = signedHeaders(secret, { messageId: id, body: text, now: Date.now() })
  const response = await fetch(url, { method: 'POST', headers, body: text })
  if (!response.ok) throw new Error(`the receiver answers ${response.status}`)
  await response.arrayBuffer()
}

async function untilSettled(client: Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await client.query('select count(*)::integer as count from clerk.webhook_events')
    if (rows[0].count >= count) return
    await sleep(50)
  }
}

/** All was sent within seconds; a picture shows an hour. */
async function spreadOverAnHour(client: Client): Promise<void> {
  await client.query(`
    update clerk.webhook_events set
      received_at = occurred_at + make_interval(secs => 0.2 + abs(hashtext(id) % 900) / 1000.0),
      applied_at = occurred_at + make_interval(secs => 0.4 + abs(hashtext(id) % 2300) / 1000.0)
    where id not like '%0A2'`)
  await client.query(`
    insert into clerk.webhook_events (id, type, resource, entity_id, instance_id, occurred_at, received_at, applied_at, outcome, attempts)
    select 'msg_2rollcallBulk' || i, 'session.created', 'session', 'sess_2rollcallBulk' || i, 'ins_2rollcallExampleInstance01',
      at, at + interval '0.3 s', at + make_interval(secs => 0.5 + random() * 1.5 + case when i % 61 = 0 then 6 else 0 end), 'ignored', 1
    from generate_series(1, 9000) as i,
      lateral (select now() - make_interval(secs => 3590 * (i + random()) / 9001)
        - make_interval(secs => 40 * sin(i / 350.0)) * (1 + sin(i / 1400.0))) as t (at)`)
  await client.query(`
    insert into clerk.reconcile_runs (started_by, dry_run, instance_id, finished_at, outcome, drifted_rows, mended_rows, drift)
    values ('schedule', false, 'ins_2rollcallExampleInstance01', now() - interval '3 hours', 'mended', 2, 2,
      '{"user": {"compared": 12482, "missing": 1, "older": 1, "changed": 0, "gone": 0}}')`)
  await client.query(`
    insert into clerk.audit_log (at, actor, action, selection, result) values
      (now() - interval '26 hours', 'user_2rollcallExampleGrace001', 'pause', '{}', '{}'),
      (now() - interval '25 hours', 'user_2rollcallExampleGrace001', 'resume', '{}', '{}'),
      (now() - interval '24 hours', 'ada@laptop', 'replay', '{"failed": true, "errorCode": "row_rejected"}', '{"selected": 500, "events": 500, "handlers": 0}')`)
}
