import { createRequire } from 'node:module'
import type * as Xmldom from '@xmldom/xmldom'
import { samlRefused, shown } from './saml-refused.ts'

export interface XmlOptions {
  /** Whether comments may be in it: only where no signature counts (false). */
  readonly hasComments?: boolean
}

/** Parses XML as SAML messages are made of, with nothing in it that means something to one reader and nothing to another. */
export function parseXml(text: string, { hasComments = false }: XmlOptions = {}): Document {
  checkMarkup(hasComments ? text.replaceAll(/<!--[^]*?-->/g, '') : text)
  const fail = (level: string, message: unknown): never => {
    throw samlRefused(`The XML is not well-formed (${level}: ${shown(String(message).split('\n')[0] ?? '')}).`)
  }
  // Loaded when the first SAML provider is used: whoever has none is spared the memory.
  const { DOMParser } = createRequire(import.meta.url)('@xmldom/xmldom') as typeof Xmldom
  const document = new DOMParser({ errorHandler: fail }).parseFromString(text, 'text/xml')
  const roots = Array.from(document.childNodes).filter(({ nodeType }) => nodeType === elementNode)
  if (roots.length !== 1) throw samlRefused('The XML has not one root.')
  return document
}

/**
 * No DTD, so no entities (Bindings, section 3.1.2, and with them XXE and billion laughs), and no comments or processing instructions: signatures do
 * not cover comments, so anybody can put one into the middle of a name. No SAML message needs any of them.
 */
function checkMarkup(text: string): void {
  const [declaration = ''] = /^\u{feff}?\s*<\?xml\s[^?<>]*\?>/u.exec(text) ?? []
  const rest = text.slice(declaration.length)
  if (/<!--/.test(rest)) throw samlRefused('The XML has a comment in it.')
  if (/<!/.test(rest)) throw samlRefused('The XML has a document type, an entity or a CDATA section in it.')
  if (/<\?/.test(rest)) throw samlRefused('The XML has a processing instruction in it.')
  // XML 1.0, section 2.2: what is no character.
  if (/[^\t\n\r\x20-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(rest)) {
    throw samlRefused('The XML has a control character in it.')
  }
}

const elementNode = 1
const textNode = 3

/** The elements of a tree in the order of the document, its root first. Throws for a tree that no honest message has. */
export function elementsOf(root: Element): readonly Element[] {
  const all: Element[] = []
  const open: [Element, number][] = [[root, 1]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [element, depth] = next
    if (depth > deepest || all.length >= most) throw samlRefused('The XML has too many elements, one in the other.')
    all.push(element)
    for (const child of childrenOf(element).toReversed()) open.push([child, depth + 1])
  }
  return all
}

const deepest = 40
const most = 5000

/** The elements directly in an element; with a name, those of that name in that namespace. */
export function childrenOf(element: Element, namespace?: string, name?: string): readonly Element[] {
  const all: Element[] = []
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (child.nodeType !== elementNode) continue
    const one = child as Element
    if (name === undefined || (one.localName === name && one.namespaceURI === namespace)) all.push(one)
  }
  return all
}

/** The value of an attribute, `null` where it is not there. */
export function attributeOf(element: Element, name: string): string | null {
  return element.hasAttribute(name) ? element.getAttribute(name) : null
}

/** The text of an element that has nothing but text in it; `null` for any other. */
export function textOf(element: Element): string | null {
  let text = ''
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (child.nodeType !== textNode) return null
    text += child.nodeValue ?? ''
  }
  return text
}
