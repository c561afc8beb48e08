/**
 * Where somebody has Node write reports (`--report-on-signal`, `--report-on-fatalerror`), they hold all of the environment
 * unless it is left out: every secret that there is, in a file that people attach to issues [L23].
 */
export function keepEnvironmentToOneself(): void {
  process.report.excludeEnv = true
}
