import { variables } from '@rollcall/shared/variables'

/** Where an installation keeps its rows: what a command reads that is about nothing else. */
export const MirrorConfig = { DATABASE_URL: variables.DATABASE_URL, DATABASE_SCHEMA: variables.DATABASE_SCHEMA }
