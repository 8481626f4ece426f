import { z } from 'zod'
import { mostPictureBytes } from './checked-picture.ts'

/** A picture as it is sent to an API, and what is answered. */
export const logoBody: z.ZodType<{ readonly data: string }, { readonly data: string }> = z.strictObject({
  data: z
    .base64()
    .max(2 * mostPictureBytes)
    .meta({ description: 'The bytes of a PNG, JPEG or WebP, in base64.' }),
})

export const logoAnswer: z.ZodType<{ readonly logo: string | null }, { readonly logo: string | null }> = z.object({
  logo: z.string().nullable().meta({ description: 'Its path on this server.' }),
})
