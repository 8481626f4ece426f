import { createHash } from 'node:crypto'

/**
 * What pages do beyond HTML, where scripts run: a check box that shows a password, a form that sends itself, and a link that
 * is followed once all frames are there. Without scripts nothing is missing, since the box is only unhidden here, that form
 * has a button, and a link is a link.
 */
const js = `document.querySelector('form[data-submits]')?.submit()
for (const link of document.querySelectorAll('a[data-continues]')) {
  addEventListener('load', () => location.assign(link.href))
}
for (const box of document.querySelectorAll('input[data-shows]')) {
  const field = document.getElementById(box.dataset.shows)
  if (field === null) continue
  box.checked = false
  box.closest('[hidden]')?.removeAttribute('hidden')
  box.addEventListener('change', () => {
    field.type = box.checked ? 'text' : 'password'
  })
  field.form?.addEventListener('submit', () => {
    field.type = 'password'
  })
}
`

/** The script, and where pages look for it. The address changes with it, so it may be kept for ever. */
export const script: { readonly href: string; readonly js: string } = {
  href: `/static/doorward-${createHash('sha256').update(js).digest('hex').slice(0, 16)}.js`,
  js,
}
