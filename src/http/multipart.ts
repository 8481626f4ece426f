import { RequestRefused } from '../core/errors.ts'
import { decodeUtf8 } from './decode-utf8.ts'
import type { FilesAs } from './exchange.ts'
import { createFields, type FormFields } from './form.ts'

/**
 * Reads a body of `multipart/form-data` (RFC 7578) with nothing but texts in it, as clients of Django REST send a sign-in, or
 * with files where a path takes them.
 * Throws `RequestRefused`: `parse_error` for what is no such body or no UTF-8, `unsupported_media_type` for a file, and
 * what forms are refused for. The platform's parser does the work: it reads the whole at once, which is fine for a body
 * that `readBody` has bounded, and it takes some 70 µs, which a sign-in can spare.
 */
export async function parseMultipart(
  boundary: string,
  bytes: Uint8Array,
  { takesFiles }: { readonly takesFiles?: FilesAs | undefined } = {},
): Promise<FormFields> {
  // RFC 2046, section 5.1.1. Quoted below, so that no character of it can end the header value.
  if (!/^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/.test(boundary)) {
    throw new RequestRefused('parse_error', 'The boundary of the multipart body is missing or malformed.')
  }
  const isText = takesFiles !== 'base64'
  const fields = createFields()
  for (const [name, value] of await parts(boundary, isText ? decodeUtf8(bytes) : bytes)) {
    if (typeof value === 'string') fields.add(name, isText ? value : ofUtf8(value))
    else if (takesFiles === undefined)
      throw new RequestRefused('unsupported_media_type', 'Files are not accepted here.')
    else fields.add(name, isText ? await value.text() : Buffer.from(await value.arrayBuffer()).toString('base64'))
  }
  return fields.all
}

/** The platform puts this sign where a text beside a file is no UTF-8. */
function ofUtf8(text: string): string {
  if (!text.includes('\uFFFD')) return text
  throw new RequestRefused('parse_error', 'The request body is not valid UTF-8.')
}

async function parts(boundary: string, text: string | Uint8Array): Promise<FormData> {
  const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
  try {
    return await new Response(text as BodyInit, { headers }).formData()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new RequestRefused('parse_error', 'The request body is not valid multipart/form-data.')
  }
}
