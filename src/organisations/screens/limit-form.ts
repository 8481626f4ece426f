import { html } from 'hono/html'
import { check, textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Faults } from '../../screens/faults.ts'
import type { Posted } from '../../screens/screen.ts'
import { wordsIn } from '../../screens/words-in.ts'
import type { OrganisationValues } from '../organisation-values.ts'

/** The controls for the limits of an organisation, for whoever runs the server. */
export function limitControls(typed: OrganisationValues, faults: Faults): Markup {
  const { longestKeyLifetime } = typed
  return html`${textControl({
    id: 'slug',
    name: 'slug',
    label: 'Short name',
    required: true,
    maxLength: 50,
    value: typed.slug,
    wrong: faults['slug'] ?? faults['main'],
    hint: 'As addresses and rules have it. Whoever keeps the old one somewhere will not find it any more.',
  })}
  ${check({
    id: 'second_factor',
    name: 'second_factor',
    label: 'Members need a second factor',
    isChecked: typed.secondFactorRequired,
  })}
  ${textControl({
    id: 'key_days',
    name: 'key_days',
    label: 'Keys live at most, in days',
    type: 'number',
    min: 1,
    max: 36_500,
    value: longestKeyLifetime === null ? '' : String(Math.max(1, Math.floor(longestKeyLifetime / day))),
    wrong: faults['longestKeyLifetime'],
    hint: 'Of its service accounts, from when they are made or rotated. Empty: without an end.',
  })}
  ${textControl({
    id: 'allowedPermissions',
    name: 'permissions',
    label: 'Permissions that it may give',
    isLong: true,
    value: typed.allowedPermissions.join('\n'),
    wrong: faults['allowedPermissions'],
    hint: 'To its roles and service accounts. What they hold beyond is taken from them.',
  })}
  ${textControl({
    id: 'allowedScopes',
    name: 'scopes',
    label: 'Scopes that it may give',
    isLong: true,
    value: typed.allowedScopes.join('\n'),
    wrong: faults['allowedScopes'],
    hint: 'To its service accounts and their keys.',
  })}`
}

/** The same in words, for those who are bound by them. */
export function limitWords({ slug, secondFactorRequired, longestKeyLifetime }: OrganisationValues): Markup {
  const words = [
    `Its short name is ${slug}.`,
    ...(secondFactorRequired ? ['Members need a second factor.'] : []),
    ...(longestKeyLifetime === null ? [] : [`Keys live for ${Math.floor(longestKeyLifetime / day)} days at most.`]),
  ]
  return html`<p class="quiet" id="limits">${words.join(' ')} Whoever runs this site can change that.</p>`
}

/** What was typed. */
export function limitsIn({ text, fields }: Posted): Omit<OrganisationValues, 'name'> {
  const days = text('key_days')
  return {
    slug: text('slug'),
    secondFactorRequired: Object.hasOwn(fields, 'second_factor'),
    longestKeyLifetime: days === '' ? null : Number(days) * day,
    allowedPermissions: wordsIn(text('permissions')),
    allowedScopes: wordsIn(text('scopes')),
  }
}

/** Seconds. */
const day = 86_400
