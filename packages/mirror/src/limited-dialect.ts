import {
  CompiledQuery,
  type DatabaseConnection,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely'

/**
 * Transactions that Postgres ends by itself once it has heard nothing for so long. Where our host or the network is gone
 * it would notice after two hours, and until then everybody waits for the rows that the transaction holds [O36].
 */
export class LimitedDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig
  readonly #idleMs: number

  constructor(config: PostgresDialectConfig, idleMs: number) {
    super(config)
    this.#config = config
    this.#idleMs = idleMs
  }

  override createDriver(): PostgresDriver {
    return new LimitedDriver(this.#config, this.#idleMs)
  }
}

type BrokenConnection = Parameters<PostgresDriver['rollbackTransaction']>[0]

class LimitedDriver extends PostgresDriver {
  readonly #idleMs: number

  constructor(config: PostgresDialectConfig, idleMs: number) {
    super(config)
    this.#idleMs = idleMs
  }

  /** In one step with the beginning, so that it costs no time; for the transaction alone, as behind a pooler it must be [I40]. */
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel, accessMode } = settings
    const begin = `begin${isolationLevel ? ` isolation level ${isolationLevel}` : ''}${accessMode ? ` ${accessMode}` : ''}`
    await connection.executeQuery(
      CompiledQuery.raw(`${begin}; set local idle_in_transaction_session_timeout = ${this.#idleMs}`),
    )
  }

  /** On a connection that broke there is nothing left to roll back, and what broke it is what to tell. */
  override async rollbackTransaction(connection: BrokenConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => undefined)
  }
}
