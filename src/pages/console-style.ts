/** The part of the style sheet that consoles need: a menu at the side, tables, filters, facts. See `style.ts`. */
export const consoleCss = `
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.console .top { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.5rem; padding: 0.5rem 1.25rem; background: var(--card); border-bottom: 1px solid var(--line); }
.console .brand { display: flex; align-items: center; gap: 0.5rem; font-weight: 600; }
.console .brand .mark { width: 1.375rem; height: 1.375rem; fill: var(--accent); flex: none; }
.areas, .who { display: flex; flex-wrap: wrap; gap: 0 1rem; }
.areas { flex: 1; }
.areas a, .who a { display: inline-flex; align-items: center; min-height: 2.25rem; text-decoration: none; }
.areas a:hover, .who a:hover { text-decoration: underline; }
.who bdi { max-width: 16rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.areas a[aria-current] { color: var(--text); font-weight: 600; box-shadow: inset 0 -2px var(--accent); }
.frame { flex: 1; display: grid; align-content: start; grid-template-columns: 14rem minmax(0, 1fr); gap: 2rem; width: 100%; max-width: 84rem; margin: 0 auto; padding: 1.5rem 1.25rem; }
.console main { max-width: none; margin: 0; padding: 0; }
.console main > section, .panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; margin: 0 0 1.25rem; }
.console main > form.stack, .console main > .facts { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; margin: 0 0 1.25rem; max-width: 44rem; }
.console main > .facts { max-width: none; }
.console main > .asked { max-width: 44rem; }
/* A form that is a button alone needs no card. */
.console main > form.stack:not(:has(label, p)) { background: none; border: 0; padding: 0; }
.console main .field { max-width: 41.5rem; }
.panel > :last-child, .console main > section > :last-child { margin-bottom: 0; }
.panel > h2:first-child, section > h2:first-child { margin: 0 0 0.75rem; }
.menu summary { padding: 0.625rem 0.875rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--card); font-weight: 600; cursor: pointer; }
.menu ul { list-style: none; margin: 0 0 1rem; padding: 0; }
.menu li a { display: flex; justify-content: space-between; align-items: center; min-height: 2.25rem; padding: 0.25rem 0.75rem; border-radius: 8px; color: inherit; text-decoration: none; }
.menu li a:hover { background: var(--line); }
.menu li a[aria-current] { background: var(--accent); color: var(--on-accent); font-weight: 600; }
.menu-heading { margin: 0 0 0.25rem; padding: 0 0.75rem; color: var(--quiet); font-size: 0.8125rem; font-weight: 600; }
.count { font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
.crumbs ol { list-style: none; margin: 0 0 0.25rem; padding: 0; font-size: 0.875rem; line-height: 1.75rem; }
.crumbs li { display: inline; }
.crumbs li a { padding: 0.25rem 0; }
.crumbs li + li::before { content: "/"; margin: 0 0.5rem; color: var(--quiet); }
.contents { columns: 12rem 4; margin: 0 0 1.25rem; }
.contents a { display: block; min-height: 1.5rem; padding: 0.125rem 0; }
.tabs { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0 0 1.25rem; border-bottom: 1px solid var(--line); }
.tabs a { display: inline-flex; align-items: center; gap: 0.25rem; min-height: 2.5rem; text-decoration: none; }
.tabs a[aria-current] { color: var(--text); font-weight: 600; box-shadow: inset 0 -2px var(--accent); }
.done { padding: 0.625rem 0.875rem; border-radius: 8px; background: var(--good-back); color: var(--good); }
.scroll { position: relative; overflow-x: auto; margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
.matrix th, .matrix td { vertical-align: middle; }
.matrix td { min-width: 4rem; }
.matrix .check { margin: 0; }
.has { font-weight: 600; }
caption { padding: 0.75rem 1rem; text-align: left; font-weight: 600; }
th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 1rem; }
th:last-child, td:last-child { padding-right: 1rem; }
thead th { border-top: 0; color: var(--quiet); font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
tbody th { min-width: 8rem; font-weight: 550; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
td form.inline { display: inline-block; margin: 0 0.25rem 0.25rem 0; }
td time { display: inline-block; min-width: 6.75rem; white-space: normal; }
.address { display: inline-block; min-width: 13rem; overflow-wrap: anywhere; }
tbody bdi { display: inline-block; max-width: 13rem; vertical-align: top; }
td code { white-space: nowrap; }
td code.setting { display: inline-block; min-width: 8rem; }
td code.long { white-space: normal; overflow-wrap: anywhere; }
.empty { padding: 1.5rem; margin: 0 0 1rem; background: var(--card); border: 1px dashed var(--edge); border-radius: 12px; }
.empty > :last-child { margin-bottom: 0; }
.filter-box { margin: 0 0 1.25rem; }
.filter-box summary { padding: 0.375rem 0.875rem; border: 1px solid var(--line); border-radius: 8px; cursor: pointer; }
.filter-box .filters { margin: 0; }
.filter-box[open] > summary { margin-bottom: 0.75rem; }
.filters { display: flex; flex-wrap: wrap; align-items: end; gap: 0.75rem 1rem; margin: 0 0 1.25rem; }
.filters .field { margin: 0; flex: 0 1 14.5rem; min-width: 9rem; }
.filters label { font-size: 0.875rem; }
.filters .optional { display: none; }
.buttons + .quiet, .buttons + p, form + .buttons, button + form { margin-top: 0.75rem; }
.filter-buttons { min-height: 2.75rem; }
.filter-buttons, .buttons, .toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1rem; }
.console main > .buttons { margin-bottom: 1.25rem; }
.toolbar { justify-content: space-between; margin: 0 0 1rem; }
.toolbar > * { margin: 0; }
.optional { color: var(--quiet); font-weight: 400; font-size: 0.875rem; }
.pager { display: flex; gap: 1.5rem; margin: 0 0 1.5rem; }
.pager a { min-height: 1.5rem; }
.console .button { display: inline-flex; align-items: center; justify-content: center; width: auto; }
td .button.small { white-space: nowrap; }
.button.small { max-width: 100%; overflow-wrap: anywhere; min-height: 2.25rem; padding: 0.25rem 0.75rem; font-size: 0.9375rem; }
.button.danger { background: var(--wrong-back); border-color: var(--wrong); color: var(--wrong); }
.button.danger:hover { background: var(--wrong); border-color: var(--wrong); color: var(--card); }
.button[aria-disabled="true"] { opacity: 0.6; cursor: not-allowed; }
fieldset { margin: 0 0 1.25rem; padding: 0; border: 0; min-width: 0; }
legend { margin-bottom: 0.375rem; padding: 0; font-weight: 550; }
.subject { margin: 0 0 0.75rem; }
.subject > summary { padding: 0.5rem 0; cursor: pointer; }
.subject > summary h2 { display: inline; }
.folded { margin: 0 0 1.25rem; }
.folded[open] > summary { margin-bottom: 1rem; }
.choice-row .hint, .check-field .hint { margin: 0 0 0 1.75rem; }
textarea { min-height: 5rem; resize: vertical; }
select { appearance: auto; }
.badge::first-letter { text-transform: uppercase; }
.badge { display: inline-block; padding: 0 0.5rem; border: 1px solid var(--edge); border-radius: 999px; font-size: 0.8125rem; line-height: 1.5rem; white-space: nowrap; }
.badge.good { border-color: transparent; background: var(--good-back); color: var(--good); }
.badge.bad { border-color: transparent; background: var(--wrong-back); color: var(--wrong); }
.badge.note { border-color: transparent; background: var(--note-back); color: var(--note-text); }
.facts { display: grid; gap: 0.5rem; margin: 0 0 1.25rem; }
.facts > div { display: grid; grid-template-columns: minmax(8rem, 14rem) minmax(0, 1fr); gap: 0.25rem 1rem; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.history { list-style: none; margin: 0; padding: 0; font-size: 0.9375rem; }
.history li { padding: 0.375rem 0; border-top: 1px solid var(--line); }
.history li:first-child { border-top: 0; }
.history .message { margin: 0.25rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.history .quiet { display: block; overflow-wrap: anywhere; }
pre { margin: 0 0 0.75rem; padding: 0.75rem 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--page); font-size: 0.875rem; }
code, .secret, .typed { font-family: ui-monospace, "Liberation Mono", monospace; }
.code-block { margin: 0 0 0.75rem; }
button + .code-block { margin-top: 0.75rem; }
.code-block summary { min-height: 1.5rem; cursor: pointer; }
.code-block pre { margin-top: 0.5rem; }
.chart { margin: 0 0 1.25rem; }
.chart figcaption { margin-bottom: 0.5rem; color: var(--quiet); font-size: 0.9375rem; }
.chart svg { display: block; width: 100%; height: 6rem; border-bottom: 1px solid var(--edge); }
.chart .ends { display: flex; justify-content: space-between; margin: 0.25rem 0 0.5rem; color: var(--quiet); font-size: 0.8125rem; }
.chart .bar { fill: var(--accent); }
.chart .bar.refused { fill: var(--wrong); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; margin: 0 0 1.25rem; }
.cards .panel { margin: 0; }
/* What an answer is put together from. */
.tree, .tree ul { list-style: none; margin: 0; padding: 0; }
.tree ul { margin-left: 0.5rem; padding-left: 1rem; border-left: 1px solid var(--line); }
.tree li { padding: 0.25rem 0; }
.key-facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.25rem 0.75rem; margin: 0 0 1rem; font-size: 0.875rem; }
.key-facts dt { color: var(--quiet); }
.key-facts dd { margin: 0; overflow-wrap: anywhere; }
.key-facts + .key-facts { padding-top: 1rem; border-top: 1px solid var(--line); }
.banner.acting { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 0.5rem 1rem; }
.event-detail { display: inline-block; min-width: 20rem; overflow-wrap: anywhere; }
.steps { list-style: none; margin: 0; padding: 0; }
.steps li { padding: 0.375rem 0; }
@media (min-width: 60.01rem) {
  /* What is folded on a phone is open here, where the browser can. */
  @supports selector(::details-content) {
    .menu > summary, .filter-box > summary { display: none; }
    .menu::details-content, .filter-box::details-content { content-visibility: visible; block-size: auto; }
  }
}
@media (max-width: 60rem) {
  .frame { grid-template-columns: minmax(0, 1fr); gap: 1rem; padding: 1rem; }
  .menu nav { padding-top: 0.75rem; }
  .console .top { padding: 0.5rem 1rem; }
}
@media (max-width: 34rem) {
  .console .top { column-gap: 1rem; }
  .areas { order: 1; flex: 1 0 100%; }
  .who { margin-left: auto; }
  .who bdi { max-width: 6.5rem; }
  .facts > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .filters .field { flex: 1 1 100%; }
  th, td { padding: 0.5rem 0.625rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .list thead, .matrix thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .list, .list tbody, .list tr, .list tbody th, .list td, .matrix, .matrix tbody, .matrix tr, .matrix tbody th { display: block; }
  .list caption, .matrix caption { display: block; }
  .list tr, .matrix tr { padding: 0.625rem 0.75rem; border-top: 1px solid var(--line); }
  .list caption.unseen + thead + tbody > tr:first-child { border-top: 0; }
  .list tbody th, .list td, .matrix tbody th, .matrix td { min-width: 0; padding: 0.125rem 0; border: 0; text-align: left; }
  .list td { display: flow-root; padding-left: 7.5rem; }
  .list td::before { content: attr(data-label); float: left; width: 7rem; margin-left: -7.5rem; color: var(--quiet); font-size: 0.875rem; }
  .list td.blank, .matrix td:empty { display: none; }
  .list tbody th { overflow-wrap: anywhere; }
  tbody bdi { max-width: 100%; }
  .list td code { font-size: 0.8125rem; white-space: normal; overflow-wrap: anywhere; }
  .event-detail { min-width: 0; }
  /* What is done to the row says so itself. */
  .list td:has(button, .button) { padding: 0.25rem 0 0; }
  .list td:has(button, .button)::before { content: none; }
  .matrix td { display: inline-block; min-width: 0; margin-right: 1rem; }
  .matrix .action { position: static; width: auto; height: auto; clip-path: none; }
}
@media (forced-colors: active) {
  .badge, .done, .menu li a[aria-current] { border: 1px solid; }
}
`
