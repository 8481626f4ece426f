import { createHash } from 'node:crypto'

/**
 * What pages do beyond HTML, where scripts run: a check box that shows a password, a form that sends itself, a link that is
 * followed once all frames are there, buttons that copy, a box that has to be checked before a link is, a field that
 * narrows a long part of a form, a part of a page that
 * looks for news of itself for three minutes, and moments in the
 * reader's zone where they have not chosen one. Without scripts nothing is missing: boxes and buttons are only unhidden here, that form has a button, a
 * link is a link, and moments are in UTC.
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
for (const button of document.querySelectorAll('button[data-copies]')) {
  const source = document.getElementById(button.dataset.copies)
  if (source === null || navigator.clipboard === undefined) continue
  const label = button.textContent
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source.value ?? source.innerText)
    button.textContent = 'Copied'
    setTimeout(() => { button.textContent = label }, 2000)
  })
}
for (const button of document.querySelectorAll('button[data-prints]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}
for (const box of document.querySelectorAll('input[data-enables]')) {
  const link = document.getElementById(box.dataset.enables)
  if (link === null) continue
  const href = link.href
  const set = () => {
    if (box.checked) link.href = href
    else link.removeAttribute('href')
    link.setAttribute('aria-disabled', String(!box.checked))
  }
  box.checked = false
  box.closest('[hidden]')?.removeAttribute('hidden')
  box.addEventListener('change', set)
  set()
}
for (const box of document.querySelectorAll('input[data-narrows]')) {
  const rows = [...(document.getElementById(box.dataset.narrows)?.querySelectorAll('div.field, .choice-row') ?? [])]
  const told = document.getElementById(box.id + '-found')
  const textOf = (row) => [...row.querySelectorAll('label, .hint')].map((one) => one.textContent).join(' ').toLowerCase()
  box.value = ''
  box.closest('[hidden]')?.removeAttribute('hidden')
  box.addEventListener('input', () => {
    const wanted = box.value.trim().toLowerCase()
    for (const row of rows) row.hidden = !textOf(row).includes(wanted)
    told.textContent = wanted === '' ? '' : rows.filter((row) => !row.hidden).length + ' of ' + rows.length
  })
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault()
  })
}
for (const place of document.querySelectorAll('[data-looks-again]')) {
  let left = 18
  const looks = setInterval(async () => {
    if (document.hidden) return
    left -= 1
    const answer = await fetch(location.href).catch(() => null)
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null
    const fresh = page?.getElementById(place.id) ?? null
    const isNew = fresh !== null && !('looksAgain' in fresh.dataset)
    if (isNew) place.replaceChildren(...fresh.childNodes)
    if (isNew || fresh === null || left === 0) clearInterval(looks)
  }, 10_000)
}
for (const time of document.querySelectorAll('time[datetime]:not([data-zone])')) {
  const at = new Date(time.dateTime)
  if (Number.isNaN(at.getTime())) continue
  time.title = time.textContent
  time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' })
}
`

/** The script, and where pages look for it. The address changes with it, so it may be kept for ever. */
export const script: { readonly href: string; readonly js: string } = {
  href: `/static/doorward-${createHash('sha256').update(js).digest('hex').slice(0, 16)}.js`,
  js,
}
