/**
 * Loaded into a process before anything else (`node --import`): at each SIGUSR2 the host's clock jumps, an hour forward, or
 * back where `CLOCK` is `back`, and with the next one it is right again. As on a host, only what tells the time of day jumps: timers and
 * `performance.now()` run on.
 */
const HOUR_MS = 3_600_000
const jumpMs = process.env.CLOCK === 'back' ? -HOUR_MS : HOUR_MS

const HostDate = Date
let offsetMs = 0
const now = () => HostDate.now() + offsetMs

globalThis.Date = new Proxy(HostDate, {
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  construct: (target, words, newTarget) => Reflect.construct(target, words.length === 0 ? [now()] : words, newTarget),
})

process.on('SIGUSR2', () => {
  offsetMs = offsetMs === 0 ? jumpMs : 0
})
