/** The style of the report: light or dark as the reader has it, one column on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #fff; --card: #f6f8fa; --rule: #d0d7de;
  --s0: #0b63c5; --s1: #b35900; --s2: #b3261e; --ok: #1a7f37; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --card: #161b22; --rule: #30363d;
    --s0: #6cb0ff; --s1: #f2a65a; --s2: #ff8a80; --ok: #56d364; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .dim { color: var(--dim); overflow-wrap: anywhere; }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); }
figure { margin: 0; padding: .75rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; }
figcaption { margin-bottom: .25rem; } svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--dim); font: 13px system-ui, sans-serif; }
.grid { stroke: var(--rule); } .mark { stroke: var(--dim); stroke-dasharray: 3 4; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.s0 { stroke: var(--s0); } .line.s1 { stroke: var(--s1); stroke-dasharray: 6 3; } .line.s2 { stroke: var(--s2); stroke-dasharray: 2 3; }
.key { display: inline-block; margin-left: .75rem; font-size: .9rem; border-bottom: 3px solid; }
.key.s0 { border-color: var(--s0); } .key.s1 { border-color: var(--s1); border-bottom-style: dashed; }
.key.s2 { border-color: var(--s2); border-bottom-style: dotted; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--dim); padding-bottom: .25rem; }
th, td { padding: .2rem .75rem .2rem 0; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
.held { color: var(--ok); } .missed { color: var(--bad); font-weight: 600; }
details { margin: .5rem 0; } summary { cursor: pointer; }
`;
