import { hostname, userInfo } from 'node:os'

/** Who calls a command, as the audit log has it. Some containers know no name for their user. */
export function commandActor(): string {
  try {
    return `command: ${userInfo().username}@${hostname()}`
  } catch {
    return `command: ${process.getuid?.() ?? 'unknown'}@${hostname()}`
  }
}
