import { type RawBuilder, sql } from 'kysely'

/** A sum as a number, exact to 2^53. As an `integer`, PostgreSQL refuses one of more than 2^31, which a busy month reaches. */
export function sumOf(values: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`cast(sum(${values}) as double precision)`
}
