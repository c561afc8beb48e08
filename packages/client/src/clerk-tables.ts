import type { MirroredTables, MirroredViews } from '@rollcall/config/mirrored-tables'

/**
 * The mirrored tables and the views over them, as Kysely knows tables: for your own `Database`. They are there to be read: what
 * would change a column does not compile.
 *
 * ```ts
 * interface Database extends ClerkTables { posts: Posts }
 * db.selectFrom('posts').innerJoin('clerk.users', 'clerk.users.id', 'posts.author_id')
 * ```
 *
 * The schema is the worker's `DATABASE_SCHEMA`. A table is there if its resource is mirrored, of which types know nothing.
 */
export type ClerkTables<Schema extends string = 'clerk'> = MirroredTables<Schema> & MirroredViews<Schema>
