import { CronExpressionParser } from 'cron-parser'

/** What is wrong with a time plan, in a sentence; nothing where it is right. Parsed as BullMQ will parse it. */
export function scheduleProblem(schedule: unknown, timezone: string): string | undefined {
  if (typeof schedule !== 'string') return "must be a text in cron's notation, as '0 4 * * *' for each day at four."
  try {
    CronExpressionParser.parse(schedule, { tz: timezone }).next()
    return undefined
  } catch (error) {
    return `is not cron's notation, as '0 4 * * *' for each day at four: ${(error as Error).message}.`.replace(
      '..',
      '.',
    )
  }
}

/** Whether it is one of the time zones that the platform knows, `Europe/Berlin`. */
export function isTimezone(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}
