/** The one stylesheet of all pages. */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #0f1216);
  --card: light-dark(#ffffff, #171b21);
  --sunk: light-dark(#eef0f4, #1e242c);
  --line: light-dark(#dde1e8, #2b323c);
  --ink: light-dark(#1b2330, #e6eaf0);
  --faint: light-dark(#566173, #9aa6b6);
  --accent: light-dark(#1f5fbf, #7db1ff);
  --accent-ground: light-dark(#e5eefb, #1b2c45);
  --good: light-dark(#1a6b3c, #6fd39a);
  --good-ground: light-dark(#e2f3e8, #14301f);
  --warn: light-dark(#855300, #f0bd62);
  --warn-ground: light-dark(#fcf0d9, #372a10);
  --bad: light-dark(#b3261e, #ff9d94);
  --bad-ground: light-dark(#fce8e6, #3d1a18);
  --radius: 8px;
  font: 15px/1.5 ui-sans-serif, system-ui, "Segoe UI", "Noto Sans", sans-serif;
}
* { box-sizing: border-box }
html { background: var(--ground); color: var(--ink) }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column }
a { color: var(--accent); text-decoration: none }
a:hover, p a:not(.button) { text-decoration: underline }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px }
main:focus { outline: none }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0; font-weight: 650; letter-spacing: -0.01em }
h2 { font-size: 1rem; margin: 0; font-weight: 650 }
p { margin: 0.4rem 0; overflow-wrap: break-word }
p code { overflow-wrap: anywhere }
code, pre, kbd, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; font-size: 0.86em }
kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 0.35em; background: var(--card) }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
.skip { position: absolute; left: -100vw; top: 0 }
.skip:focus { left: 0.5rem; top: 0.5rem; background: var(--card); padding: 0.5rem 1rem; z-index: 3 }
.top { display: flex; align-items: center; gap: 0.5rem 1.5rem; padding: 0 1.25rem; background: var(--card); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 2 }
.brand { display: inline-flex; align-items: center; gap: 0.55rem; color: var(--ink); font-weight: 650; white-space: nowrap; padding: 0.7rem 0 }
.brand svg { width: 1.35rem; height: 1.35rem; fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linejoin: round }
.top nav { display: flex; gap: 0.15rem; overflow-x: auto; scrollbar-width: none; flex: 1; align-self: stretch }
.top nav a { color: var(--faint); padding: 0 0.7rem; display: flex; align-items: center; border-bottom: 2px solid transparent; border-top: 2px solid transparent; white-space: nowrap; outline-offset: -3px }
.top nav a:hover { color: var(--ink); text-decoration: none }
.top nav a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); font-weight: 600 }
.state { color: var(--warn); font-size: 0.85rem; white-space: nowrap }
main { flex: 1; width: 100%; padding: 1.25rem; min-width: 0 }
main.narrow { max-width: 78rem; margin: 0 auto }
footer { padding: 0.9rem 1.25rem; color: var(--faint); font-size: 0.8rem; text-align: center }
.head { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; margin-bottom: 1rem }
.head .grow, .grow { flex: 1 }
.faint { color: var(--faint) }
.small { font-size: 0.86rem }
.num { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap }
.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); margin-bottom: 1rem; min-width: 0 }
.card > h2, .card > header { padding: 0.7rem 1rem; border-bottom: 1px solid var(--line) }
.card > h3 { margin: 0; font-size: 0.92rem; border-top: 1px solid var(--line) }
.card > header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 0.8rem }
.card > .inside > :last-child, .figure > :last-child { margin-bottom: 0 }
.card > .inside, .card > .two > .inside { padding: 0.8rem 1rem }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.8rem; margin-bottom: 1rem }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 0.75rem 1rem; color: var(--ink); display: block }
a.figure:hover { border-color: var(--accent); text-decoration: none }
.figure b { display: block; font-size: 1.55rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25; letter-spacing: -0.02em }
.figure small { color: var(--faint) }
.figure.bad b { color: var(--bad) }
.figure.warn b { color: var(--warn) }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1rem; align-items: start }
.two > * { min-width: 0 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: 0.8rem; padding: 0.45rem 1rem; white-space: nowrap }
th.num { text-align: right }
td { padding: 0.5rem 1rem; border-top: 1px solid var(--line); vertical-align: baseline }
th.num, td.num, th.mark, td.mark { width: 1% }
td.acts { text-align: right; white-space: nowrap; padding-top: 0.3rem; padding-bottom: 0.3rem }
td.acts details { text-align: left }
td.acts summary { padding: 0.15rem 0.7rem }
tbody tr:hover { background: var(--sunk) }
tr.here, li.here > a { background: var(--accent-ground); box-shadow: inset 3px 0 var(--accent) }
td.rest { width: 45%; max-width: 0 }
td .clip { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.nowrap { white-space: nowrap }
.tag { display: inline-flex; align-items: center; gap: 0.35em; padding: 0.05rem 0.55rem; border-radius: 99px; font-size: 0.8rem; font-weight: 550; background: var(--sunk); color: var(--faint); white-space: nowrap }
.tag.good { background: var(--good-ground); color: var(--good) }
.tag.warn { background: var(--warn-ground); color: var(--warn) }
.tag.bad { background: var(--bad-ground); color: var(--bad) }
.tag.busy { background: var(--accent-ground); color: var(--accent) }
button, .button, input, select, textarea { font: inherit; color: inherit; border-radius: 6px }
button, .button { background: var(--card); border: 1px solid var(--line); padding: 0.3rem 0.8rem; cursor: pointer; display: inline-flex; align-items: center; gap: 0.4rem; color: var(--ink); white-space: nowrap }
button:hover, .button:hover { border-color: var(--accent); text-decoration: none }
button.main { background: var(--accent); border-color: var(--accent); color: light-dark(#ffffff, #0b1420); font-weight: 600 }
button.danger { background: var(--bad-ground); color: var(--bad); border-color: var(--bad) }
input:not([type=checkbox], [type=radio]), select, textarea { background: var(--card); border: 1px solid light-dark(#8d97a6, #5d6877); padding: 0.3rem 0.6rem; min-width: 0 }
textarea { width: 100%; min-height: 5rem; font-family: ui-monospace, monospace; font-size: 0.86rem }
form.row, .row { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center }
label { display: inline-flex; gap: 0.5rem; align-items: center }
.fields label { display: block; margin-bottom: 0.6rem }
.fields label > span { display: block; font-size: 0.83rem; color: var(--faint) }
.fields label input:not([type=checkbox]), .fields label select { width: 100% }
fieldset { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 0.6rem; padding: 0.5rem 0.8rem 0.2rem }
legend { font-size: 0.83rem; color: var(--faint); padding: 0 0.3rem }
details.ask { position: relative; display: inline-block }
details.ask > summary { list-style: none; cursor: pointer; border: 1px solid var(--line); border-radius: 6px; padding: 0.3rem 0.8rem; background: var(--card); white-space: nowrap }
details.ask > summary::-webkit-details-marker { display: none }
details.ask > summary:hover { border-color: var(--accent) }
details.ask > form, details.ask > div { position: absolute; right: 0; z-index: 2; margin-top: 0.3rem; background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 0.8rem; box-shadow: 0 8px 28px rgb(0 0 0 / 0.22); width: max-content; max-width: min(22rem, 88vw) }
details.ask.left > div { right: auto; left: 0 }
.tabs { display: flex; gap: 0.2rem; flex-wrap: wrap }
.tabs a { padding: 0.25rem 0.7rem; border-radius: 6px; color: var(--faint); white-space: nowrap }
.tabs a:hover { background: var(--sunk); text-decoration: none; color: var(--ink) }
.tabs a[aria-current] { background: var(--accent-ground); color: var(--accent); font-weight: 600 }
.tabs .count { font-size: 0.78rem; margin-left: 0.3rem }
.empty { text-align: center; padding: 3rem 1rem; color: var(--faint); max-width: 44rem; margin: 0 auto }
.empty h1 { color: var(--ink); margin-bottom: 0.6rem }
.empty pre { text-align: left; display: inline-block; background: var(--sunk); padding: 0.7rem 1rem; border-radius: var(--radius); color: var(--ink) }
.flash { border-radius: var(--radius); padding: 0.6rem 1rem; margin-bottom: 1rem; background: var(--good-ground); color: var(--good) }
.flash.bad { background: var(--bad-ground); color: var(--bad) }
.fault { border: 1px solid var(--bad); border-radius: var(--radius); background: var(--card); padding: 1rem; margin-bottom: 1rem }
.fault h2 { color: var(--bad); overflow-wrap: anywhere }
.fault pre, pre.block { background: var(--sunk); border-radius: 6px; padding: 0.7rem 0.9rem; margin-top: 0.6rem; overflow-x: auto }
.fault pre { white-space: pre }
dl.pairs { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.35rem 1.2rem; margin: 0 }
dl.pairs dt { color: var(--faint) }
dl.pairs dd { margin: 0; overflow-wrap: anywhere }
progress { appearance: none; width: 100%; height: 0.55rem; border: 0; border-radius: 99px; overflow: hidden; background: var(--sunk); display: block }
progress::-webkit-progress-bar { background: var(--sunk) }
progress::-webkit-progress-value { background: var(--accent); transition: width 0.4s }
progress::-moz-progress-bar { background: var(--accent) }
.spark { width: 100%; height: 3.2rem; display: block }
.spark rect { fill: var(--accent) }
.spark rect.bad { fill: var(--bad) }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: 0.8rem 1.6rem }
figure { margin: 0; min-width: 0 }
figcaption { color: var(--faint); font-size: 0.86rem; margin-bottom: 0.35rem }
figcaption b { color: var(--ink); font-size: 1.1rem; font-variant-numeric: tabular-nums }
.bad-text { color: var(--bad) }
td.small-spark { width: 7rem; vertical-align: middle; padding-top: 0.2rem; padding-bottom: 0.2rem }
td.small-spark .spark { height: 1.5rem; min-width: 5rem }
table.activity th, table.activity td { padding-left: 0.5rem; padding-right: 0.5rem }
table.activity th:first-child, table.activity td:first-child { padding-left: 1rem; overflow-wrap: anywhere }
table.activity th:last-child, table.activity td:last-child { padding-right: 1rem }
th::first-letter { text-transform: uppercase }
.split { display: grid; grid-template-columns: 18.5rem minmax(0, 1fr); gap: 1.25rem; align-items: start }
.split.mail { grid-template-columns: 24rem minmax(0, 1fr) }
.side { position: sticky; top: 4.2rem; max-height: calc(100vh - 5.4rem); overflow-y: auto; background: var(--card); border: 1px solid var(--line); border-radius: var(--radius) }
.side h2 { padding: 0.7rem 1rem 0.2rem; font-size: 0.8rem; color: var(--faint) }
.side h3 { padding: 0.3rem 1rem 0.1rem; margin: 0; font-size: 0.92rem; font-weight: 600 }
.side ul { list-style: none; margin: 0; padding: 0 0 0.4rem }
.side li a { display: block; padding: 0.28rem 1rem 0.28rem 1.6rem; color: var(--ink); overflow-wrap: anywhere; outline-offset: -2px }
.side li a:hover { background: var(--sunk); text-decoration: none }
.side li a[aria-current] { background: var(--accent-ground); color: var(--accent); font-weight: 600; box-shadow: inset 3px 0 var(--accent) }
.side .mails li a { padding: 0.55rem 1rem; border-top: 1px solid var(--line) }
.side .mails li:first-child a { border-top: 0 }
.side .mails span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.side .mails .line { display: flex; gap: 0.6rem; align-items: baseline }
.side .mails .line > :first-child { flex: 1; font-weight: 550 }
.side form { padding: 0.7rem; border-bottom: 1px solid var(--line) }
.side form input { width: 100% }
.stage { background: var(--sunk); border-radius: 0 0 var(--radius) var(--radius); padding: 1rem; display: flex; justify-content: center }
.stage iframe { border: 1px solid var(--line); border-radius: 6px; background: #fff; width: 100%; height: max(30rem, calc(100vh - 20rem)); color-scheme: light }
.stage.dark iframe { color-scheme: dark; background: #121212 }
.stage.phone iframe { max-width: 377px }
.stage.tablet iframe { max-width: 770px }
ul.plain { list-style: none; margin: 0; padding: 0 }
ul.plain li { padding: 0.35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere }
ul.plain li:first-child { border-top: 0 }
@media (max-width: 60rem) {
  .split, .split.mail { grid-template-columns: minmax(0, 1fr) }
  .side { position: static; max-height: 16rem }
  .opened .side { display: none }
}
@media (max-width: 40rem) {
  :root { font-size: 16px }
  .top { flex-wrap: wrap; padding: 0 0.8rem; gap: 0 0.8rem }
  .keys { display: none }
  .top nav a { padding: 0 0.55rem; font-size: 0.92rem }
  .top nav { order: 3; flex-basis: 100%; margin: 0 -0.8rem; padding: 0 0.3rem; height: 2.6rem; align-self: auto }
  main { padding: 0.8rem }
  th, td { padding: 0.45rem 0.7rem }
  footer kbd, footer { font-size: 0.75rem }
  .cards { grid-template-columns: repeat(2, minmax(0, 1fr)) }
  .stage { padding: 0.4rem }
  table.stack thead { display: none }
  table.stack tr { display: block; border-top: 1px solid var(--line); padding: 0.4rem 0 }
  table.stack tbody:first-of-type tr:first-child { border-top: 0 }
  table.stack tr { position: relative }
  table.stack td { display: flex; align-items: baseline; width: auto; max-width: none; gap: 0.8rem; border: 0; padding: 0.15rem 0.8rem; text-align: left; white-space: normal; overflow-wrap: anywhere }
  table.stack td[data-label]::before { content: attr(data-label); color: var(--faint); flex: 0 0 6.5rem; font-size: 0.83rem }
  table.stack td.name { font-weight: 600; padding-right: 2.6rem }
  table.stack td.name[data-label]::before { content: none }
  table.stack td.mark { position: absolute; right: 0.2rem; top: 0.45rem; width: auto }
  table.stack td.acts { padding-top: 0.35rem; white-space: normal }
  table.stack td.small-spark { width: auto }
  table.stack td > * { min-width: 0; overflow-wrap: anywhere }
  table.stack td:empty { display: none }
  td .clip { white-space: normal }
  dl.pairs { grid-template-columns: minmax(6.5rem, auto) minmax(0, 1fr); gap: 0.3rem 0.8rem }
  dl.pairs dt { overflow-wrap: anywhere }
  details.ask > form, details.ask > div { position: fixed; left: 0.8rem; right: 0.8rem; width: auto; max-width: none; bottom: 0.8rem }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important } }
`;
