import { RequestRefused } from '../core/errors.ts'
import { decodeUtf8 } from './decode-utf8.ts'
import { createFields, type FormFields } from './form.ts'

/**
 * Reads a body of `multipart/form-data` (RFC 7578) with nothing but texts in it, as clients of Django REST send a sign-in.
 * Throws `RequestRefused`: `parse_error` for what is no such body or no UTF-8, `unsupported_media_type` for a file, and
 * what forms are refused for. The platform's parser does the work: it reads the whole at once, which is fine for a body
 * that `readBody` has bounded, and it takes some 70 µs, which a sign-in can spare.
 */
export async function parseMultipart(
  boundary: string,
  bytes: Uint8Array,
  { takesFiles = false }: { readonly takesFiles?: boolean } = {},
): Promise<FormFields> {
  // RFC 2046, section 5.1.1. Quoted below, so that no character of it can end the header value.
  if (!/^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/.test(boundary)) {
    throw new RequestRefused('parse_error', 'The boundary of the multipart body is missing or malformed.')
  }
  const text = decodeUtf8(bytes)
  const fields = createFields()
  for (const [name, value] of await parts(boundary, text)) {
    if (typeof value === 'string') fields.add(name, value)
    else if (takesFiles) fields.add(name, await value.text())
    else throw new RequestRefused('unsupported_media_type', 'Files are not accepted here.')
  }
  return fields.all
}

async function parts(boundary: string, text: string): Promise<FormData> {
  const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
  try {
    return await new Response(text, { headers }).formData()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new RequestRefused('parse_error', 'The request body is not valid multipart/form-data.')
  }
}
