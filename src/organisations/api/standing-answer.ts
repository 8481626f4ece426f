import { z } from 'zod'
import { type Standing, standings } from '../../tokens/standing.ts'

export const standing: z.ZodType<Standing, Standing> = z
  .enum(standings)
  .meta({ description: 'What a member is at least.' })
