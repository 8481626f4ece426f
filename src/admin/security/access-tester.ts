import { html } from 'hono/html'
import type { Auth } from '../../core/auth.ts'
import { select, textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { namedPermission, namedPermissions } from '../../permissions/named-permission.ts'
import { type Faults, problemsOf } from '../../screens/faults.ts'
import type { Posted, Screen, View, Visit } from '../../screens/screen.ts'
import { explained } from './explained.ts'
import { type PastedRequest, pastedRequest, shownTarget } from './pasted-request.ts'

export interface AccessTesterStores {
  /** The door of the server, with all that it asks and counts. */
  readonly door: Pick<Auth, 'explain'>
}

/**
 * Says what a request would be answered and why: each authenticator in order, each part of the permission, each throttle. What
 * is pasted is used for this one page: it is neither stored nor logged nor shown again.
 */
export function accessTester({ door }: AccessTesterStores): Screen {
  return {
    path: 'access-tester/',
    menu: { text: 'Access tester', group: 'Security' },
    show: async (visit) => page(visit, { ...first, address: visit.request.address ?? '127.0.0.1' }, {}, ''),
    actions: {
      explain: {
        run: async (visit) => {
          const typed = typedIn(visit)
          const asked = typed.policy === 'other' ? typed.other : typed.policy
          const permission = namedPermission(asked)
          const pasted = pastedRequest(typed)
          const faults: Faults = {
            ...('faults' in pasted ? pasted.faults : {}),
            ...(permission === null
              ? { other: 'Write scope:NAME or permission:NAME, with commas between several.' }
              : {}),
          }
          if (!('request' in pasted) || permission === null) return page(visit, typed, faults, '')
          return page(visit, typed, {}, explained(await door.explain(pasted.request, permission)))
        },
      },
    },
  }
}

interface Typed extends PastedRequest {
  readonly policy: string
  readonly other: string
}

const first: Typed = {
  method: 'GET',
  target: '/api/',
  headers: '',
  credential: '',
  address: '',
  policy: 'isAuthenticated',
  other: '',
}

function typedIn({ text }: Posted): Typed {
  return {
    method: text('method'),
    target: text('target'),
    headers: text('headers'),
    credential: text('credential'),
    address: text('address'),
    policy: text('policy'),
    other: text('other'),
  }
}

/** Headers and credential are left empty, whatever was typed: they may be secrets. */
function page(visit: Visit, typed: Typed, faults: Faults, result: Markup | ''): View {
  const { method, target, address, policy, other } = typed
  return {
    title: 'Access tester',
    problems: problemsOf(faults),
    content: html`${result === '' ? html`<p>Describe a request, and see who is asked about it, in which order, and what each answers.</p>` : result}
    ${postForm({
      to: visit.path,
      proof: visit.form,
      action: 'explain',
      button: 'Explain',
      content: html`${textControl({ id: 'method', name: 'method', label: 'Method', required: true, value: method, maxLength: 20, wrong: faults['method'] })}
      ${textControl({ id: 'target', name: 'target', label: 'Path', required: true, value: shownTarget(target), maxLength: 4000, wrong: faults['target'] })}
      ${textControl({
        id: 'credential',
        name: 'credential',
        label: 'Token or key',
        type: 'password',
        maxLength: 16_000,
        wrong: faults['credential'],
        hint: 'Its header is told by its looks. It is used for this one page, and neither stored nor logged. Whatever it opens counts as used once; a wrong password counts as an attempt.',
      })}
      ${textControl({
        id: 'headers',
        name: 'headers',
        label: 'Headers',
        isLong: true,
        maxLength: 16_000,
        wrong: faults['headers'],
        hint: 'One in a line, such as Authorization: Basic …. They are not shown again.',
      })}
      ${textControl({
        id: 'address',
        name: 'address',
        label: 'Address that it comes from',
        required: true,
        value: address,
        maxLength: 60,
        wrong: faults['address'],
        hint: 'Of whoever connects: a proxy, where there is one.',
      })}
      ${select({
        id: 'policy',
        name: 'policy',
        label: 'Permission that is asked',
        value: policy,
        choices: [
          ...Object.keys(namedPermissions).map((name) => ({ value: name, text: name })),
          { value: 'other', text: 'A scope or a permission, as written below' },
        ],
      })}
      ${textControl({
        id: 'other',
        name: 'other',
        label: 'Scope or permission',
        value: other,
        maxLength: 1000,
        wrong: faults['other'],
        hint: 'Such as scope:read,write or permission:notes.change.',
      })}`,
    })}`,
  }
}
