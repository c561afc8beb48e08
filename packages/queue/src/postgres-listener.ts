import { endIfSilent } from '@rollcall/shared/postgres-silence'

/** As much of BullMQ's connection as is needed here. */
interface ListeningConnection {
  getListenClient(): Promise<object>
}

/**
 * BullMQ's connection for notifications is none of its pool's. One that answers nothing while BullMQ asks to be notified would
 * hold up its worker for ever, so it is ended as those of the pool are; BullMQ makes another then [O35].
 */
export function endSilentListener(connection: ListeningConnection, silenceMs: number): void {
  const getListenClient = connection.getListenClient.bind(connection)
  const watched = new WeakSet<object>()
  connection.getListenClient = async () => {
    const client = await getListenClient()
    if (!watched.has(client)) endIfSilent(client, silenceMs)
    watched.add(client)
    return client
  }
}
