import { html } from 'hono/html'
import { errorCodes } from '../core/errors.ts'
import type { Answer } from '../http/exchange.ts'
import { contents } from '../pages/contents.ts'
import { choices, select, textControl } from '../pages/controls.ts'
import { codeBlock, facts } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { requestText } from './api-index-page.ts'
import { callSamples } from './call-samples.ts'
import { curlLine } from './curl-line.ts'
import { exampleBody } from './example-body.ts'
import { bodySchema, type JsonSchema, jsonSchema, parameterSchemas, queryParameters } from './json-schemas.ts'
import { refusedWith } from './open-api.ts'
import type { Described } from './operation.ts'
import type { SecurityScheme } from './security-scheme.ts'
import { asNobody } from './try-request.ts'
import { type WhoMay, whoMay } from './who-may.ts'

export interface OperationPage {
  readonly operation: Described
  /** Where the server is reached. */
  readonly origin: string
  /** Whether strangers are let in. */
  readonly isOpen: boolean
  readonly schemes: Readonly<Record<string, SecurityScheme>>
  /** Who is signed in (nobody). */
  readonly user: string | null
  /** The unseen fields that prove that the form is ours. */
  readonly proof: Markup
  /** What stands in the form; `null`: it is shown for the first time. */
  readonly filled: ((name: string) => string) | null
  /** What is wrong with it, by field (nothing). */
  readonly wrong?: Readonly<Record<string, string>>
  /** What a request that was tried got, with the request line (nothing was tried). */
  readonly tried?: { readonly line: string; readonly answer: Answer } | undefined
}

/** All about one operation: who may, what it takes, what it answers, and a form to try it. */
export function operationPage(page: OperationPage): Markup {
  const { operation: one, origin } = page
  const credential = page.isOpen ? 'none' : (one.shows ?? 'apiKey')
  const body = bodySchema(one)
  return html`<p>${requestText(one)}</p>
    ${one.description === undefined ? '' : html`<p>${one.description}</p>`}
    ${contents([
      { href: '#who-heading', text: 'Who may' },
      { href: '#takes-heading', text: 'What it takes' },
      { href: '#answers-heading', text: 'What it answers' },
      { href: '#try-heading', text: 'Try it' },
    ])}
    ${page.tried === undefined ? '' : triedSection(page.tried)}
    <section class="section" aria-labelledby="who-heading">
      <h2 id="who-heading">Who may</h2>
      ${one.rules.length === 0 ? html`<p>${sentence(one.policy)}</p>` : one.rules.map((rule) => whoText(whoMay(rule)))}
      <p class="quiet">As it is written: <code>${one.policy}</code></p>
    </section>
    <section class="section" aria-labelledby="takes-heading">
      <h2 id="takes-heading">What it takes</h2>
      ${parametersTable(one)}
      ${
        body === null
          ? html`<p>No body.</p>`
          : html`<p>A body of ${one.bodyType}.</p>
              ${schemaBlock('body-schema', 'Schema of the body', body)}`
      }
      <pre tabindex="0" aria-label="As a curl line"><code id="curl">${curlLine(one, origin, credential)}</code></pre>
      <button class="button small second" type="button" data-copies="curl" hidden>Copy</button>
      ${callSamples(one, origin, credential).map(({ name, text }, index) => codeBlock(`sample-${index}`, `In ${name}`, text))}
    </section>
    <section class="section" aria-labelledby="answers-heading">
      <h2 id="answers-heading">What it answers</h2>
      ${facts([[String(one.answer.status), one.answer.description]])}
      ${one.answer.schema === null ? '' : schemaBlock('answer-schema', 'Schema of the answer', jsonSchema(one.answer.schema, 'output'))}
      ${errorsTable(one)}
    </section>
    ${tryForm(page, body)}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function whoText({ text, parts }: WhoMay): Markup {
  return html`<p>${text}</p>
    ${
      parts.length === 0
        ? ''
        : html`<ul class="points">
            ${parts.map((part) => html`<li>${whoText(part)}</li>`)}
          </ul>`
    }`
}

function parametersTable(one: Described): Markup | '' {
  const rows = [
    ...parameterSchemas(one.params).map(([name, schema]) => [name, 'path', 'yes', kindOf(schema), schema] as const),
    ...queryParameters(one).map(
      ([name, schema, need]) => [name, 'query', need ? 'yes' : 'no', kindOf(schema), schema] as const,
    ),
  ]
  if (rows.length === 0) return html`<p>No parameters.</p>`
  return table({
    id: 'parameters',
    caption: 'Parameters',
    columns: ['Name', 'Where', 'Needed', 'Kind', 'What it means'].map((heading) => ({ heading })),
    rows: rows.map(([name, where, needed, kind, schema]) => [
      html`<code>${name}</code>`,
      where,
      needed,
      kind,
      typeof schema['description'] === 'string' ? schema['description'] : '',
    ]),
  })
}

function kindOf(schema: JsonSchema): string {
  const {
    type = 'any',
    enum: values,
    format,
  } = schema as {
    readonly type?: string
    readonly enum?: readonly unknown[]
    readonly format?: string
  }
  return values === undefined
    ? [type, ...(format === undefined ? [] : [format])].join(', ')
    : values.map(String).join(' or ')
}

function errorsTable(one: Described): Markup {
  if (one.errors === 'oauth') {
    return html`<p>Refusals are <code>error</code> and <code>error_description</code> (RFC 6749, section 5.2).</p>`
  }
  return table({
    id: 'errors',
    caption: 'Refusals',
    columns: ['Status', 'Code', 'What it means'].map((heading) => ({ heading })),
    rows: refusedWith(one).map((code) => [
      String(errorCodes[code][0]),
      html`<code>${code}</code>`,
      errorCodes[code][1],
    ]),
  })
}

function schemaBlock(id: string, label: string, schema: JsonSchema): Markup {
  return codeBlock(id, label, JSON.stringify(schema, null, 2))
}

function tryForm(
  { operation: one, schemes, user, proof, filled, wrong = {} }: OperationPage,
  body: JsonSchema | null,
): Markup {
  const value = (name: string, preset = ''): string => filled?.(name) ?? preset
  const control = (kind: 'path' | 'query', name: string, schema: JsonSchema, required: boolean): Markup => {
    const common = {
      id: `${kind}_${name}`,
      name: `${kind}_${name}`,
      label: name,
      value: value(`${kind}_${name}`),
      hint: typeof schema['description'] === 'string' ? schema['description'] : undefined,
    }
    const { enum: values } = schema as { readonly enum?: readonly string[] }
    if (values === undefined) return textControl({ ...common, required })
    const all = values.map((one) => ({ value: one, text: one }))
    return select({ ...common, choices: required ? all : [{ value: '', text: 'not sent' }, ...all] })
  }
  const pasted = Object.entries(schemes).filter(([, { header }]) => header !== null)
  const ways = [
    ...(user === null ? [] : [{ value: 'session', text: `${user}, by your session here` }]),
    { value: asNobody, text: 'Nobody: without any credential' },
    ...pasted.map(([name, { title }]) => ({ value: name, text: `${title}, pasted below` })),
  ]
  const chosen = value('as', user === null ? asNobody : 'session')
  return html`<section class="section" aria-labelledby="try-heading">
    <h2 id="try-heading">Try it</h2>
    <p class="quiet">
      The server sends the request for you, and does what it says. What you paste is used for this one request, and is
      stored nowhere.
    </p>
    <form method="post" id="try" class="stack" autocomplete="off">
      ${proof} ${parameterSchemas(one.params).map(([name, schema]) => control('path', name, schema, true))}
      ${queryParameters(one).map(([name, schema, required]) => control('query', name, schema, required))}
      ${
        body === null
          ? ''
          : textControl({
              id: 'body',
              name: 'body',
              label: one.bodyType === 'application/json' ? 'Body, as JSON' : 'Fields of the form, as JSON',
              isLong: true,
              value: value('body', JSON.stringify(exampleBody(body), null, 2)),
              wrong: wrong['body'],
            })
      }
      ${choices({ id: 'as', name: 'as', label: 'Who the request is from', choices: ways, values: [chosen], isOne: true, wrong: wrong['as'] })}
      ${
        pasted.length === 0
          ? ''
          : textControl({
              id: 'credential',
              name: 'credential',
              label: 'Credential',
              type: 'password',
              hint: 'A key or a token as it is; for a username and a password, with a colon between.',
              wrong: wrong['credential'],
            })
      }
      <div class="buttons"><button class="button" type="submit" id="send">Send the request</button></div>
    </form>
  </section>`
}

function triedSection({ line, answer }: NonNullable<OperationPage['tried']>): Markup {
  const { status, headers, body } = answer
  return html`<section class="section" aria-labelledby="tried-heading" id="tried">
    <h2 id="tried-heading">What came back: ${status}</h2>
    <p class="quiet">To <code>${line}</code></p>
    <pre tabindex="0" aria-label="Headers of the answer"><code id="tried-headers">${headersText(headers)}</code></pre>
    ${
      body === ''
        ? html`<p class="quiet">There is no body.</p>`
        : html`<pre tabindex="0" aria-label="Body of the answer"><code id="tried-body">${shownBody(body)}</code></pre>`
    }
  </section>`
}

/** Cookies that the answer would set are not those of this browser, and are not shown. */
function headersText(headers: Answer['headers']): string {
  return headers
    .map(([name, value]) => `${name}: ${name === 'set-cookie' ? value.replace(/=[^;]*/, '=…') : value}`)
    .join('\n')
}

/** JSON in lines; what is too long for a page is cut. */
function shownBody(body: string): string {
  let text = body
  try {
    text = JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    // It is no JSON, and shown as it came.
  }
  return text.length > most ? `${text.slice(0, most)}\n… (${text.length - most} more characters)` : text
}

const most = 100_000
