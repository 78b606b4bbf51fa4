/** The page's style: readable on a phone, in the dark, and on paper. Series colours can be told apart without hue. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --faint: #dde2e8; --paper: #fff; --panel: #f6f7f9;
  --s0: #1668c7; --s1: #e08214; --s2: #a8401b; --s3: #2a9076; --s4: #8256b8; --s5: #7a7f87; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa5b4; --faint: #343c47; --paper: #14181e;
  --panel: #1c222a; --s0: #5aa2f0; --s1: #f0a848; --s2: #dd7850; --s3: #4fc1a2; --s4: #b490e0; --s5: #a2a8b0; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.8rem 0 .3rem; }
h3 { font-size: .85rem; font-weight: 600; margin: 0 0 .15rem; }
p { margin: .4rem 0; max-width: 46rem; }
.meta, .hint, .scale, small { color: var(--soft); font-size: .85rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .85em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0; padding: 0; }
.figures div { background: var(--panel); border-radius: .5rem; padding: .7rem .9rem; }
.figures dt { color: var(--soft); font-size: .8rem; }
.figures dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures dd small { display: block; font-weight: 400; font-size: .8rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; margin: .6rem 0; padding: 0; font-size: .85rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px; vertical-align: -.08rem; }
.bars { margin: .8rem 0; font-size: .8rem; font-variant-numeric: tabular-nums; }
.axis, .row { display: grid; grid-template-columns: 9.5rem 1fr 6.5rem; gap: .6rem; align-items: center; }
.axis .plot { grid-column: 2; height: 1.1rem; }
.plot { position: relative; display: block; height: .95rem; }
.tick { position: absolute; transform: translateX(-50%); color: var(--soft); white-space: nowrap; font-size: .72rem; }
.group { padding: .45rem 0; border-top: 1px solid var(--faint); break-inside: avoid; }
.name { color: var(--soft); text-align: right; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.value { white-space: nowrap; }
i.grid { position: absolute; top: -.1rem; bottom: -.1rem; border-left: 1px solid var(--faint); }
i.origin { border-left-color: var(--soft); }
.bar { position: absolute; top: .1rem; bottom: .1rem; min-width: 2px; border-radius: 1px; }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; margin: .8rem 0; }
figure.small { margin: 0; background: var(--panel); border-radius: .5rem; padding: .6rem .6rem .2rem; break-inside: avoid; }
figcaption { font-size: .82rem; font-weight: 600; }
figcaption small { font-size: .72rem; font-weight: 400; }
svg { display: block; width: 100%; height: auto; }
svg .grid { stroke: var(--faint); }
svg .mark { fill: var(--soft); font-size: 10px; }
polyline.line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
.points circle { fill: var(--c); }
.line.s2 { stroke-dasharray: 5 3; } .line.s3 { stroke-dasharray: 2 3; } .line.s4 { stroke-dasharray: 8 3 2 3; }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
.bar, .legend i { background: var(--c); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
tr.last td { font-weight: 600; border-bottom: 0; }
.wrong { color: var(--bad); }
details { border-top: 1px solid var(--faint); padding: .5rem 0; }
summary { cursor: pointer; font-size: .9rem; }
pre { white-space: pre-wrap; background: var(--panel); border-radius: .4rem; padding: .6rem .8rem; margin: .3rem 0 .8rem; }
ul { padding-left: 1.1rem; } li { margin: .25rem 0; max-width: 46rem; font-size: .9rem; }
@media (max-width: 40rem) { .axis, .row { grid-template-columns: 6.4rem 1fr 5rem; gap: .4rem; } .bars { font-size: .72rem; }
  .axis .tick:nth-child(even) { display: none; } }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } details { break-inside: avoid; } .scroll { overflow: visible; }
  table { font-size: 7.5pt; } th, td { padding: .15rem .35rem; white-space: normal; } }
`;
