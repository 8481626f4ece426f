import { z } from 'zod'
import type { Operation, Shape } from './operation.ts'

/** All parameters that an operation takes in its query: its own, and those of lists. */
export function queryShape({ query, isPaged }: Pick<Operation, 'query' | 'isPaged'>): Shape {
  return isPaged === true ? { ...query, ...pageParameters } : query
}

const pageParameters = {
  limit: z
    .string()
    .regex(/^(?:[1-9][0-9]?|1[0-9]{2}|200)$/, 'It has to be a number from 1 to 200.')
    .transform(Number)
    .default(50)
    .meta({ description: 'How many, from 1 to 200 (50).' }),
  after: z.string().optional().meta({ description: 'The next of the page before (none: the first page).' }),
}
