"""The CSS of the report of a folder, for light and dark screens."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b2a41; --soft: #5c677d; --line: #dbe7ee;
  --paper: #fff; --panel: #f4f7f9; --bar: #2a6f97; --mark: #c8553d; --link: #1f5f86; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa7b5;
  --line: #2b3846; --paper: #12181f; --panel: #1a222b; --bar: #5aa9d6;
  --mark: #f08a6c; --link: #8ac4ea; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); margin: 0 auto; max-width: 76rem; padding: 1.5rem; }
h1, h2, h3 { line-height: 1.2; font-weight: 600; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid var(--line); padding-bottom: .3rem; }
nav a { margin-right: 1rem; white-space: nowrap; }
a { color: var(--link); }
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2.5rem; margin: 1rem 0; }
.facts div { min-width: 6rem; }
.facts b { display: block; font-size: 1.5rem; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.facts span, .note { color: var(--soft); font-size: 13px; }
.histogram { width: 100%; max-width: 52rem; height: auto; display: block; }
.histogram .bar { fill: var(--bar); }
.histogram text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.histogram .threshold { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 5 4; }
.grid { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); }
.maps { grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); }
.card { margin: 0; background: var(--panel); border-radius: 8px; overflow: hidden;
  border: 1px solid var(--line); display: flex; flex-direction: column; }
.card .image { display: flex; align-items: center; justify-content: center;
  height: 11rem; background: var(--line); color: var(--soft); font-size: 13px; }
.card .image img { max-width: 100%; max-height: 11rem; display: block; }
.maps .image, .maps .image img { height: auto; max-height: none; }
.card figcaption { padding: .5rem .7rem .7rem; font-size: 13px; }
.card b { font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.card .name { display: block; overflow-wrap: anywhere; }
.card .why { display: block; color: var(--mark); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: .8rem 0; }
th, td { padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: middle;
  border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; }
.range { width: 14rem; height: .9rem; display: block; }
.range line { stroke: var(--soft); stroke-width: 2; }
.range circle { fill: var(--bar); }
"""
