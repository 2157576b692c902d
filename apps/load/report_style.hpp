#pragma once
// The style sheet of a run's report. Light and dark from the same names.

#include <string_view>

namespace charter::load {

inline constexpr std::string_view report_style = R"css(
:root {
  --page: #f6f5f1; --card: #ffffff; --ink: #1f2328; --soft: #6a6f76; --rule: #e4e1d9; --good: #1f7a4d; --bad: #b3261e;
  --c0: #b5432a; --c1: #2f5d8a; --c2: #8a6d1f; --c3: #5b4b8a;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1c1f25; --ink: #e8e6e1; --soft: #9aa0a8; --rule: #2d3139; --good: #58c08c; --bad: #ff8a80;
    --c0: #ff8b6b; --c1: #7fb3e6; --c2: #e0bf5f; --c3: #b3a1ec;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; font-variant-numeric: tabular-nums;
}
main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 64px; }
header { display: flex; flex-wrap: wrap; align-items: end; gap: 12px 32px; margin-bottom: 28px; }
header div { flex: 1 1 420px; }
h1 { margin: 0; font-size: 34px; line-height: 1.15; letter-spacing: -0.02em; }
h2 { margin: 44px 0 14px; font-size: 19px; letter-spacing: -0.01em; }
header p, .note, footer { margin: 6px 0 0; color: var(--soft); }
.note { max-width: 76ch; margin: -6px 0 14px; }
.verdict {
  padding: 10px 18px; border: 1.5px solid; border-radius: 999px; font-weight: 600; white-space: nowrap;
}
.held { color: var(--good); } .broken { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(50% - 7px, 220px), 1fr)); gap: 14px; }
.tile, figure, table, .card { background: var(--card); border: 1px solid var(--rule); border-radius: 14px; }
.tile { padding: 16px 18px; }
.tile b { display: block; font-size: 27px; line-height: 1.2; letter-spacing: -0.02em; font-weight: 650; }
.tile span { color: var(--soft); font-size: 13px; } .tile small { display: block; color: var(--soft); margin-top: 6px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px; }
figure { margin: 0; padding: 16px 16px 8px; }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; margin-bottom: 6px; }
figcaption i { color: var(--soft); font-style: normal; font-size: 13px; }
.key { font-size: 13px; color: var(--soft); } .key::before {
  content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px;
  vertical-align: middle; background: var(--colour);
}
.s0 { --colour: var(--c0); } .s1 { --colour: var(--c1); } .s2 { --colour: var(--c2); } .s3 { --colour: var(--c3); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font-size: 11.5px; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .line { fill: none; stroke: var(--colour); stroke-width: 1.9; stroke-linejoin: round; stroke-linecap: round; }
svg .area { fill: var(--colour); opacity: 0.14; }
svg .mark line { stroke: var(--soft); stroke-dasharray: 3 4; } svg .mark text { font-weight: 600; }
svg .column { fill: var(--ink); opacity: 0; } svg .column:hover { opacity: 0.07; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 14px; }
.card { padding: 18px 20px; } .card h3 { margin: 0 0 4px; font-size: 15px; } .card p { margin: 0 0 10px; color: var(--soft); }
.card dl { display: grid; grid-template-columns: 1fr auto; gap: 2px 16px; margin: 0; } .card dd { margin: 0; text-align: right; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: separate; border-spacing: 0; overflow: hidden; }
th, td { padding: 8px 16px; text-align: right; border-top: 1px solid var(--rule); white-space: nowrap; }
tr:first-child > * { border-top: 0; } th { font-weight: 600; color: var(--soft); font-size: 13px; }
th:first-child, td:first-child { text-align: left; }
.range { width: 38%; min-width: 180px; } .range i { position: relative; display: block; height: 8px; border-radius: 4px; background: var(--rule); }
.range i > * { position: absolute; top: 0; bottom: 0; border-radius: 4px; background: var(--c1); opacity: 0.4; }
.range i > b { width: 4px; margin-left: -2px; opacity: 1; }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 0 16px; }
details { margin-top: 44px; color: var(--soft); } summary { cursor: pointer; }
pre { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
.violations li { margin: 4px 0; color: var(--bad); }
footer { margin-top: 44px; border-top: 1px solid var(--rule); padding-top: 16px; font-size: 13px; max-width: 90ch; }
@media print { body { background: #fff; } main { padding: 0; } figure, .tile, .card, table { break-inside: avoid; } }
)css";

} // namespace charter::load
