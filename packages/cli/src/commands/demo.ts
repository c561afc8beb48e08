import { styleText } from 'node:util'
import { type Command, CommandError, textOption } from '../command.ts'
import { courseOf } from '../demo/course.ts'
import { createLive } from '../demo/live.ts'
import { checkPlotFile, writePlotFile } from '../demo/plot-file.ts'
import { isKept, spikeTable } from '../demo/report.ts'
import { runSpike, type Spike } from '../demo/run-spike.ts'
import { svgPlot } from '../demo/svg-plot.ts'
import { plotWidth, terminalPlots } from '../demo/terminal-plot.ts'
import { interruptible } from '../interruptible.ts'

/** Steps of the drawing: as fine as its lines. */
const SVG_STEPS = 300

export const demo: Command = {
  summary:
    'Shows it at work, in half a minute and on scratch data: a spike of sign-ups, and Postgres away in the middle.',
  usage: '[--svg <file>] [--json]',
  options: { svg: { type: 'string' }, json: { type: 'boolean' } },
  help: {
    'svg <file>': 'where the plot is drawn; rollcall-demo.svg here, unless given. A file that is there is left alone',
    json: 'print the figures as JSON',
  },
  notes: [
    '2,000 users sign up. A fifth of their events comes twice, a quarter late, deletions before creations, and Postgres is',
    'killed in the middle. It sets up servers of its own, touches none of yours, and removes them at the end. Exits 1 if an',
    'event was lost or a row is not what the ordered history ends in.',
  ],
  examples: [
    { call: 'demo', shows: 'the show, and its plot in rollcall-demo.svg' },
    { call: 'demo --svg spike.svg --json', shows: 'the same for a script' },
  ],
  words: [0, 0],
  async run(call, terminal) {
    const named = textOption(call, 'svg')
    await checkPlotFile(named, terminal.folder)
    const live = createLive(terminal.progress)
    const spike = await uninterrupted(() => interruptible((stop) => runSpike(live, stop), STOPPED))
    const file = await writePlotFile(named, terminal.folder, drawing(spike))
    const { result } = spike
    if (call.options.json) terminal.print(JSON.stringify({ ...result, svg: file }))
    else for (const line of report(spike, file, terminal.columns)) terminal.print(line)
    return isKept(result) ? 0 : 1
  },
}

const STOPPED = new CommandError('Stopped before the end.', 'What was set up for it is gone again.')

/** Ctrl-C pressed a second time would end the process before its servers are stopped, and leave them behind. */
async function uninterrupted<Result>(work: () => Promise<Result>): Promise<Result> {
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  try {
    return await work()
  } finally {
    process.off('SIGINT', ignore)
  }
}

function report(spike: Spike, file: string, columns: number | undefined): readonly string[] {
  const { passages, beganAt, endedAt, outage, result } = spike
  const course = courseOf(passages, beganAt, endedAt, plotWidth(columns) - 1)
  const step = (at: number) => Math.round((at - beganAt) / course.stepMs)
  return [
    '',
    ...terminalPlots(course, [step(outage.from), step(outage.to)]),
    '',
    ...spikeTable(result, columns),
    '',
    isKept(result)
      ? styleText('green', 'Nothing was lost, and every row is what happened last.')
      : styleText('red', `Something went wrong: ${wrong(spike)}`),
    `The plot is in ${file}. \`pnpm start\` runs all of this for you to keep.`,
  ]
}

/** So many ids tell where to look. */
const MOST_NAMED = 5

function wrong({ result }: Spike): string {
  const named = result.wrongRows.slice(0, MOST_NAMED).join(', ')
  return `${result.lost} events are lost, ${result.outcomes.failed} failed, ${result.wrongRows.length} rows are wrong${named && ` (${named})`}. Please report it, with the plot.`
}

function drawing({ passages, beganAt, endedAt, outage, result }: Spike): string {
  const inSeconds = (at: number) => (at - beganAt) / 1_000
  const { users, events, deliveries, lost, wrongRows } = result
  const many = (count: number) => count.toLocaleString('en')
  return svgPlot(
    courseOf(passages, beganAt, endedAt, SVG_STEPS),
    [inSeconds(outage.from), inSeconds(outage.to)],
    `${many(users)} users, ${many(events)} events in ${many(deliveries)} deliveries. Lost: ${lost}. Rows equal to the ordered history: ${many(users - wrongRows.length)} of ${many(users)}.`,
  )
}
