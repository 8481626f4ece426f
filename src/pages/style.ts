import { createHash } from 'node:crypto'
import { consoleCss } from './console-style.ts'

/**
 * The style sheet of all pages. Light and dark follow the system; nothing is fetched from elsewhere. Texts reach 4.5:1 and
 * borders 3:1 against what is behind them (WCAG 2.2, 1.4.3 and 1.4.11), targets are at least 24 pixels high (2.5.8).
 */
const css = `:root {
  color-scheme: light dark;
  --page: #f4f6f8;
  --card: #ffffff;
  --text: #1a1f24;
  --quiet: #545d66;
  --line: #d5dae0;
  --edge: #717a84;
  --accent: #0b5c68;
  --accent-down: #08454e;
  --on-accent: #ffffff;
  --wrong: #a5182a;
  --wrong-back: #fdf0f1;
  --note-back: #fff4d6;
  --note-text: #574100;
  --good: #17603a;
  --good-back: #e4f5ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161a;
    --card: #1b2126;
    --text: #e7eaed;
    --quiet: #a8b1ba;
    --line: #343c44;
    --edge: #8a949e;
    --accent: #7ccfda;
    --accent-down: #a5e1e9;
    --on-accent: #0a2126;
    --wrong: #ff9aa5;
    --wrong-back: #33191d;
    --note-back: #3a2f10;
    --note-text: #f6dd98;
    --good: #8fdcae;
    --good-back: #14301f;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  min-height: 100vh;
  min-height: 100dvh;
  display: flex;
  flex-direction: column;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  overflow-wrap: break-word;
}
a { color: var(--accent); text-underline-offset: 0.15em; }
a:hover { color: var(--accent-down); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
[hidden] { display: none !important; }
.skip { position: absolute; left: 1rem; top: -6rem; z-index: 1; padding: 0.5rem 1rem; background: var(--card); border-radius: 0 0 8px 8px; }
.skip:focus { top: 0; }
.banner { margin: 0; padding: 0.5rem 1rem; background: var(--note-back); color: var(--note-text); text-align: center; font-size: 0.875rem; }
.site { display: flex; align-items: center; justify-content: center; gap: 0.5rem; padding: 2.5rem 1rem 1.25rem; font-weight: 600; font-size: 1.0625rem; }
.site .mark { width: 1.5rem; height: 1.5rem; fill: var(--accent); flex: none; }
main { flex: 1; width: 100%; max-width: 27rem; margin: 0 auto; padding: 0 1rem; }
main:focus { outline: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.75rem; }
h1 { margin: 0 0 1.25rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; }
p { margin: 0 0 1rem; }
.card > :last-child, form > :last-child { margin-bottom: 0; }
time, .whole { white-space: nowrap; }
.quiet { color: var(--quiet); font-size: 0.875rem; }
.field { margin-bottom: 1.25rem; }
label { display: block; margin-bottom: 0.375rem; font-weight: 550; }
input:not([type="checkbox"], [type="radio"], [type="hidden"]), select, textarea {
  width: 100%;
  min-height: 2.75rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 8px;
  background: var(--card);
  color: inherit;
  font: inherit;
}
input.code, .shown-code { font-family: ui-monospace, "Liberation Mono", monospace; font-size: 1.5rem; letter-spacing: 0.1em; text-align: center; }
input.code { min-height: 3.5rem; text-transform: uppercase; }
.shown-code { margin: 0 0 1rem; padding: 0.5rem; border: 1px solid var(--line); border-radius: 8px; font-weight: 600; }
.hint { margin: 0.375rem 0 0; color: var(--quiet); font-size: 0.875rem; }
[aria-invalid="true"] { border: 2px solid var(--wrong); }
.check { display: flex; overflow-wrap: anywhere; gap: 0.5rem; min-height: 1.75rem; margin: 0.5rem 0 0; padding: 0.125rem 0; font-weight: 400; }
.check input { width: 1.25rem; height: 1.25rem; margin: 0.125rem 0 0; accent-color: var(--accent); flex: none; }
.wrong { margin: 0 0 0.375rem; color: var(--wrong); font-size: 0.9375rem; }
.problems { margin: 0 0 1.25rem; padding: 0.875rem 1rem; border: 1px solid var(--wrong); border-left-width: 5px; border-radius: 8px; background: var(--wrong-back); }
.problems h2 { margin: 0 0 0.25rem; font-size: 1rem; }
.problems ul { margin: 0; padding-left: 1.125rem; }
.problems a { color: var(--wrong); }
.button {
  display: block;
  width: 100%;
  min-height: 2.75rem;
  padding: 0.5rem 1rem;
  border: 1px solid var(--accent);
  border-radius: 8px;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
.button:hover { background: var(--accent-down); border-color: var(--accent-down); color: var(--on-accent); }
.button.second { background: transparent; color: var(--accent); }
.button.second:hover { background: transparent; color: var(--accent-down); border-color: var(--accent-down); }
.actions { display: grid; gap: 0.75rem; }
.actions > * { min-width: 0; }
.actions .button { overflow-wrap: anywhere; }
.providers { margin: 0.75rem 0; }
.or + .providers { margin-top: 0; }
.or { display: flex; align-items: center; gap: 0.75rem; margin: 1.25rem 0; color: var(--quiet); font-size: 0.875rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.choice { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; }
h2 { margin: 1.25rem 0 0.5rem; font-size: 1rem; line-height: 1.25; font-weight: 600; }
.app-logo { display: block; margin: 0 0 0.75rem; border: 1px solid var(--line); border-radius: 12px; background: #fff; object-fit: contain; }
h3.risk { margin: 0 0 0.375rem; color: var(--quiet); font-size: 0.875rem; line-height: 1.25; font-weight: 600; }
h3.risk.sensitive { padding: 0.375rem 0.625rem; border-radius: 8px; background: var(--note-back); color: var(--note-text); }
.points { margin: 0 0 1rem; padding-left: 1.25rem; }
.points li { margin-bottom: 0.25rem; }
.points li:has(.check) { list-style: none; margin-left: -1.25rem; }
ul.accounts { margin: 0 0 1rem; padding: 0; list-style: none; display: grid; gap: 1rem; }
ul.accounts li { min-width: 0; }
ul.accounts .button { overflow-wrap: anywhere; }
ul.accounts .as-link { margin-top: 0.25rem; font-size: 0.875rem; overflow-wrap: anywhere; text-align: start; }
ul.ways { margin: 1.25rem 0 0; padding: 0; list-style: none; display: grid; gap: 0.5rem; text-align: center; }
ul.ways a { display: inline-block; min-height: 1.5rem; }
.trap { position: absolute; left: -9999px; width: 1px; height: 1px; overflow: hidden; }
.terms { max-height: 12rem; overflow: auto; padding: 0.75rem; border: 1px solid var(--edge); border-radius: 8px; font-size: 0.9375rem; }
.terms > :last-child { margin-bottom: 0; }
ol.mails { margin: 0; padding: 0; list-style: none; }
ol.mails li { padding: 1rem 0; border-top: 1px solid var(--line); }
ol.mails h2 { margin-top: 0; }
ol.mails pre { margin: 0; padding: 0.75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--page); white-space: pre-wrap; overflow-wrap: anywhere; font: 0.8125rem/1.5 ui-monospace, "Liberation Mono", monospace; }
form .button + .button { margin-top: 0.75rem; }
.choice .button + .button, .buttons .button + .button { margin-top: 0; }
form.below { margin-top: 0.75rem; }
.as-link { min-height: 1.5rem; padding: 0; border: 0; background: none; color: var(--accent); font: inherit; text-decoration: underline; cursor: pointer; }
.as-link:hover { color: var(--accent-down); }
div.note { margin: 0 0 1rem; }
.note { padding: 0.625rem 0.875rem; border-radius: 8px; background: var(--note-back); color: var(--note-text); font-size: 0.9375rem; }
.small-print { margin: 1.25rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); display: grid; grid-template-columns: max-content 1fr; gap: 0.125rem 1rem; color: var(--quiet); font-size: 0.8125rem; }
.small-print dt { margin: 0; }
.small-print dd { margin: 0; font-family: ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.foot { padding: 1.5rem 1rem 2rem; text-align: center; color: var(--quiet); font-size: 0.8125rem; }
.qr { display: block; width: 100%; max-width: 16rem; height: auto; margin: 0 auto 1.25rem; border: 1px solid var(--line); border-radius: 8px; }
.codes { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 0 1rem; margin: 0 0 1.25rem; padding: 0.75rem 1rem 0.75rem 2.75rem; border: 1px solid var(--line); border-radius: 8px; }
.codes.long { grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.codes.long code { white-space: normal; overflow-wrap: anywhere; }
.time-left { margin: 1rem 0 0; }
.codes li { padding: 0.125rem 0; color: var(--quiet); }
.codes code { color: var(--text); font: 1.125rem ui-monospace, "Liberation Mono", monospace; white-space: nowrap; }
.factor-ways { margin: 0 0 1rem; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 8px; }
.factor-ways li + li { border-top: 1px solid var(--line); }
.factor-ways a { display: block; padding: 0.75rem 1rem; }
.after { margin: 1rem 0; text-align: center; }
@media (max-width: 26rem) {
  .site { padding: 1.5rem 1rem 1rem; }
  .card { padding: 1.25rem; }
}
@media (forced-colors: active) {
  .button, .card, .problems { border: 1px solid; }
}
@media print {
  .site, .foot, .banner, .buttons, .onward, #codes-stored { display: none; }
  .card { border: 0; padding: 0; }
}
`

const all = css + consoleCss

/** The style sheet, and where pages look for it. The address changes with it, so it may be kept for ever. */
export const styleSheet: { readonly href: string; readonly css: string } = {
  href: `/static/doorward-${createHash('sha256').update(all).digest('hex').slice(0, 16)}.css`,
  css: all,
}
