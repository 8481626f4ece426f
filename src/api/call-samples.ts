import { exampleBody } from './example-body.ts'
import { bodySchema } from './json-schemas.ts'
import type { Described } from './operation.ts'
import { type ShownCredential, shownCredentials } from './shown-credential.ts'

export interface CallSample {
  /** The language: `fetch`. */
  readonly name: string
  readonly text: string
}

/** How programs call an operation, with a credential from the environment. Nothing but what comes with the language. */
export function callSamples(one: Described, origin: string, credential: ShownCredential): readonly CallSample[] {
  const schema = bodySchema(one)
  const example = schema === null ? null : exampleBody(schema)
  const isForm = one.bodyType === 'application/x-www-form-urlencoded'
  const call = {
    url: `${origin}${one.path}`,
    method: one.method,
    type: one.bodyType,
    example,
    isForm,
    shown: shownCredentials[credential],
  }
  return [
    { name: 'fetch (JavaScript)', text: fetchSample(call) },
    { name: 'Python', text: pythonSample(call) },
    { name: 'Go', text: goSample(call) },
  ]
}

interface Call {
  readonly url: string
  readonly method: string
  readonly type: string
  readonly example: unknown
  readonly isForm: boolean
  readonly shown: (typeof shownCredentials)[ShownCredential]
}

function fetchSample({ url, method, type, example, isForm, shown }: Call): string {
  const headers = [...(shown === null ? [] : [shown.fetch]), ...(example === null ? [] : [`'content-type': '${type}'`])]
  const body = isForm ? `new URLSearchParams(${json(example)})` : `JSON.stringify(${json(example)})`
  const lines = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length === 0 ? [] : [`  headers: { ${headers.join(', ')} },`]),
    ...(example === null ? [] : [`  body: ${body},`]),
  ]
  const options = lines.length === 0 ? '' : `, {\n${lines.join('\n')}\n}`
  return `const response = await fetch(${json(url)}${options})\nconsole.log(response.status, await response.text())`
}

function pythonSample({ url, method, type, example, isForm, shown }: Call): string {
  const headers = [
    ...(shown === null ? [] : [shown.python]),
    ...(example === null ? [] : [`"Content-Type": "${type}"`]),
  ]
  const data = isForm ? `urllib.parse.urlencode(json.loads(${json(json(example))}))` : json(json(example))
  return [
    'import base64, json, os, urllib.parse, urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${json(url)},`,
    `    method="${method}",`,
    ...(headers.length === 0 ? [] : [`    headers={${headers.join(', ')}},`]),
    ...(example === null ? [] : [`    data=${data}.encode(),`]),
    ')',
    'with urllib.request.urlopen(request) as response:',
    '    print(response.status, response.read().decode())',
  ].join('\n')
}

function goSample({ url, method, type, example, isForm, shown }: Call): string {
  const body = example === null ? 'nil' : `strings.NewReader(${json(isForm ? formText(example) : json(example))})`
  return [
    `request, err := http.NewRequest("${method}", ${json(url)}, ${body})`,
    'if err != nil {',
    '\tlog.Fatal(err)',
    '}',
    ...(shown === null ? [] : [shown.go]),
    ...(example === null ? [] : [`request.Header.Set("Content-Type", "${type}")`]),
    'response, err := http.DefaultClient.Do(request)',
    'if err != nil {',
    '\tlog.Fatal(err)',
    '}',
    'defer response.Body.Close()',
    'text, _ := io.ReadAll(response.Body)',
    'fmt.Println(response.StatusCode, string(text))',
  ].join('\n')
}

function formText(example: unknown): string {
  return new URLSearchParams(example as Record<string, string>).toString()
}

/** A literal in all three languages. */
function json(value: unknown): string {
  return JSON.stringify(value)
}
